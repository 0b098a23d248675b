import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderOf, writeAtomically } from './container-record.ts';
import type { PortAllotment } from './port-allotment.ts';

/** Allotted ports by pod, kept in the pod's folder: a container that is restarted listens where it did before. */
export interface PodPorts {
  /** The pod's ports by container port; what is missing is allotted. */
  allot(podUid: string, containerPorts: readonly number[]): Promise<Record<string, number>>;
  /** Takes up the ports of a pod from before a restart. */
  load(podUid: string): Promise<void>;
  release(podUid: string): void;
}

/** Undefined for a file that a power cut emptied: nothing of the pod runs then, and its ports are allotted anew. */
const parsePorts = (text: string): Record<string, number> | undefined => {
  try {
    return JSON.parse(text) as Record<string, number>;
  } catch {
    return undefined;
  }
};

export function createPodPorts({ root, allotment }: { root: string; allotment: PortAllotment }): PodPorts {
  const portsOf = new Map<string, Record<string, number>>();
  const fileOf = (podUid: string): string => join(folderOf(root, podUid), 'ports.json');
  return {
    async allot(podUid, containerPorts) {
      const ports = { ...portsOf.get(podUid) };
      const missing = containerPorts.filter((port) => ports[port] === undefined);
      if (missing.length === 0) return ports;
      const allotted: number[] = [];
      try {
        for (const port of missing) {
          const own = await allotment.allot();
          allotted.push(own);
          ports[port] = own;
        }
        await mkdir(folderOf(root, podUid), { recursive: true, mode: 0o700 });
        await writeAtomically(fileOf(podUid), JSON.stringify(ports));
      } catch (error) {
        // On a full disk this is tried again and again; ports that nobody remembers would soon be all.
        for (const port of allotted) allotment.release(port);
        throw error;
      }
      portsOf.set(podUid, ports);
      return ports;
    },
    async load(podUid) {
      const text = await readFile(fileOf(podUid), 'utf8').catch(() => undefined);
      const ports = text === undefined ? undefined : parsePorts(text);
      if (ports === undefined) return;
      portsOf.set(podUid, ports);
      for (const port of Object.values(ports)) allotment.keep(port);
    },
    release(podUid) {
      for (const port of Object.values(portsOf.get(podUid) ?? {})) allotment.release(port);
      portsOf.delete(podUid);
    },
  };
}
