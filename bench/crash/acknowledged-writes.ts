import { setTimeout as pause } from 'node:timers/promises';
import { ask } from '../harness/ask.ts';
import { groupsPath, sampleGroup } from '../harness/sample-object.ts';
import type { KillableInstallation } from './killable-installation.ts';

const everyMs = 20;
const mostListed = 5_000;

/** Writes objects one after the other, whatever becomes of the control plane. */
export interface Writer {
  stop(): Promise<void>;
  /** How many writes were acknowledged, and which of them are not there. */
  check(): Promise<{ acknowledged: number; lost: string[] }>;
}

export function startWriter({ ports, token, api }: KillableInstallation): Writer {
  const acknowledged: string[] = [];
  let isStopping = false;
  const write = async (): Promise<void> => {
    for (let number = 0; !isStopping; number += 1) {
      const name = `written-${number}`;
      const question = { method: 'POST', path: groupsPath, token, body: sampleGroup(name) };
      const status = await ask(ports.plain, question).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 201) acknowledged.push(name);
      await pause(everyMs);
    }
  };
  const writing = write();
  return {
    stop: async () => {
      isStopping = true;
      await writing;
    },
    check: async () => {
      const { body } = await api('GET', `${groupsPath}?limit=${mostListed}`);
      const { items } = JSON.parse(body) as { items: { metadata: { name: string } }[] };
      const stored = new Set(items.map(({ metadata }) => metadata.name));
      return { acknowledged: acknowledged.length, lost: acknowledged.filter((name) => !stored.has(name)) };
    },
  };
}
