import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import type { Log } from '@fairway/resources/log';
import { type Clock, invalid, notFound } from '@fairway/resources/model';
import { type ContainerId, type ContainerRecord, containerId, folderOf, loadRecords } from './container-record.ts';
import { type ExecPlan, type ExecProcess, startExec } from './exec-process.ts';
import { findMembers, membersIn, takeSnapshot } from './find-members.ts';
import { createPodPorts } from './pod-ports.ts';
import { createPortAllotment } from './port-allotment.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';
import { type LogQuery, readLogs } from './read-logs.ts';
import { runCommand } from './run-command.ts';
import {
  adopt,
  createSupervised,
  launch,
  logChanged,
  type StopOptions,
  type Supervised,
  type Supervision,
  stopSupervised,
  wakeReaders,
  wasNeverStarted,
} from './supervised.ts';

export interface ContainerPlan {
  podUid: string;
  name: string;
  attempt: number;
  image: string;
  imageId: string;
  command: readonly string[];
  /** The whole environment: nothing is inherited from the local cluster. */
  env: Readonly<Record<string, string>>;
  cwd: string;
}

export type ExecRequest = Omit<ExecPlan, 'cwd' | 'env'>;

interface ContainerFigures {
  cpuMs: number;
  memoryBytes: number;
  processes: number;
}

/** Runs containers as supervised process groups that outlive this process. */
export interface ProcessRuntime {
  /** The pod's allotted ports by its container ports; the same answer for the same pod until it is removed. */
  allotPorts(podUid: string, containerPorts: readonly number[]): Promise<Record<string, number>>;
  /** Starts a container, or answers the one that was started before under the same pod, name and attempt. */
  start(plan: ContainerPlan): Promise<ContainerRecord>;
  /** Ends the group, all its descendants included. Ends itself within grace + 7 s. Safe to repeat. */
  stop(id: ContainerId, options: StopOptions): Promise<ContainerRecord>;
  /** Everything that is known, ended containers included. */
  list(): readonly ContainerRecord[];
  get(id: ContainerId): ContainerRecord | undefined;
  /** Called after a container has ended and its log is complete. The answer takes the listener away. */
  onExit(listener: (record: ContainerRecord) => void): () => void;
  /** Runs a command beside a container, with its environment and folder. */
  exec(id: ContainerId, command: readonly string[], timeoutMs: number): Promise<{ code: number; output: string }>;
  /** Starts a command beside a container, with its environment and folder, that a client talks with. */
  startExec(id: ContainerId, request: ExecRequest): Promise<ExecProcess>;
  /** TCP ports on which the container's processes listen. */
  listeningPorts(id: ContainerId): Promise<number[]>;
  readLogs(id: ContainerId, query: LogQuery): AsyncIterable<Uint8Array>;
  /** Of these containers, from one look at the machine. */
  figures(ids: readonly ContainerId[]): Promise<Map<ContainerId, ContainerFigures>>;
  /** The pod's own folder, for volumes, home and termination messages. */
  podFolder(podUid: string): string;
  /** Forgets one ended container and its output. */
  removeContainer(id: ContainerId): Promise<void>;
  /** Stops what is left of a pod, releases its ports and removes its folder. */
  removePod(podUid: string): Promise<void>;
  /** Pods that have a folder. */
  pods(): readonly string[];
  /** Stops watching; containers run on. */
  close(): Promise<void>;
}

export interface ProcessRuntimeOptions {
  /** The folder of all pods. */
  root: string;
  clock: Clock;
  log: Log;
  processTable: ProcessTable;
}

const sumFigures = (members: readonly ProcessEntry[]): ContainerFigures => {
  const sum = (of: (member: ProcessEntry) => number): number => members.reduce((total, member) => total + of(member), 0);
  return {
    cpuMs: sum(({ cpuMs, childCpuMs }) => cpuMs + childCpuMs),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    processes: members.length,
  };
};

/** Folders of pods below the root, also those in which no container was started yet. */
const podFolders = async (root: string): Promise<string[]> =>
  (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);

async function startContainer(
  supervision: Supervision,
  entries: Map<ContainerId, Supervised>,
  plan: ContainerPlan,
): Promise<ContainerRecord> {
  const { podUid, name, attempt, image, imageId, cwd, command } = plan;
  const id = containerId(podUid, name, attempt);
  const present = entries.get(id);
  if (present !== undefined) return present.record;
  if (command.length === 0) throw invalid(`container "${name}" has no command: neither its image nor the pod names one`);
  const { bootId, clock, root } = supervision;
  const supervised = createSupervised(root, {
    id,
    podUid,
    name,
    attempt,
    image,
    imageId,
    cwd,
    startedAt: clock.now(),
    bootId,
    swept: false,
  });
  entries.set(id, supervised);
  try {
    await launch(supervision, supervised, plan);
  } catch (error) {
    entries.delete(id);
    await rm(supervised.folder, { recursive: true, force: true });
    throw error;
  }
  return supervised.record;
}

/** Adopts what runs below the root and answers when everything found there is known. */
export async function createProcessRuntime({ root, clock, log, processTable }: ProcessRuntimeOptions): Promise<ProcessRuntime> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const entries = new Map<ContainerId, Supervised>();
  const listeners = new Set<(record: ContainerRecord) => void>();
  const ports = createPodPorts({ root, allotment: createPortAllotment({ seed: root }) });
  const podUids = new Set(await podFolders(root));
  let isClosed = false;
  const tell = (record: ContainerRecord): void => {
    if (!isClosed) for (const listener of listeners) listener(record);
  };
  const supervision: Supervision = { root, clock, log, processTable, bootId: await processTable.bootId(), tell };
  const known = (id: ContainerId): Supervised => {
    const supervised = entries.get(id);
    if (supervised === undefined) throw notFound('container', id);
    return supervised;
  };
  for (const podUid of podUids) await ports.load(podUid);
  for (const record of await loadRecords(root, log)) {
    const supervised = createSupervised(root, record);
    if (wasNeverStarted(supervised)) {
      await rm(supervised.folder, { recursive: true, force: true });
      continue;
    }
    entries.set(record.id, supervised);
    await adopt(supervision, supervised);
  }

  return {
    allotPorts(podUid, containerPorts) {
      podUids.add(podUid);
      return ports.allot(podUid, containerPorts);
    },
    start(plan) {
      podUids.add(plan.podUid);
      return startContainer(supervision, entries, plan);
    },
    stop: (id, options) => stopSupervised(supervision, known(id), options),
    list: () => [...entries.values()].map(({ record }) => record),
    get: (id) => entries.get(id)?.record,
    onExit(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    exec: (id, command, timeoutMs) => execBeside(processTable, known(id).record, { command, timeoutMs }),
    async startExec(id, request) {
      const { record } = known(id);
      return startExec(processTable, randomUUID(), { ...request, cwd: record.cwd, env: await environmentOf(processTable, record) });
    },
    async listeningPorts(id) {
      const members = await findMembers(processTable, known(id).record);
      const found = await processTable.listeners(members.map(({ pid }) => pid));
      return [...new Set(found.map(({ port }) => port))].sort((a, b) => a - b);
    },
    readLogs(id, query) {
      const supervised = known(id);
      const isComplete = (): boolean => supervised.record.exit !== undefined || isClosed;
      const changed = (signal?: AbortSignal): Promise<void> => logChanged(supervised, signal);
      return readLogs({ folder: supervised.folder, now: clock.now, isComplete, changed }, query);
    },
    async figures(ids) {
      const snapshot = await takeSnapshot(processTable);
      return new Map(ids.flatMap((id) => (entries.has(id) ? [[id, sumFigures(membersIn(snapshot, known(id).record))] as const] : [])));
    },
    podFolder: (podUid) => folderOf(root, podUid),
    async removeContainer(id) {
      const { record, folder } = known(id);
      if (record.exit === undefined) throw invalid(`container ${id} runs: stop it first`);
      entries.delete(id);
      await rm(folder, { recursive: true, force: true });
    },
    async removePod(podUid) {
      const own = [...entries.values()].filter(({ record }) => record.podUid === podUid);
      await Promise.all(own.map((supervised) => stopSupervised(supervision, supervised, { graceMs: 0 })));
      for (const { record } of own) entries.delete(record.id);
      await rm(folderOf(root, podUid), { recursive: true, force: true, maxRetries: 3 });
      ports.release(podUid);
      podUids.delete(podUid);
    },
    pods: () => [...podUids],
    async close() {
      isClosed = true;
      for (const supervised of entries.values()) await leave(supervised);
      listeners.clear();
    },
  };
}

/** Ends our part in a container; it runs on. */
async function leave(supervised: Supervised): Promise<void> {
  supervised.watch?.close();
  wakeReaders(supervised);
  await supervised.settling;
  supervised.tailer?.close();
}

/** What the container's first process was started with. */
async function environmentOf(table: ProcessTable, record: ContainerRecord): Promise<Record<string, string>> {
  const env = record.pid === undefined || record.exit !== undefined ? undefined : await table.environ(record.pid);
  if (env === undefined) throw notFound('running container', record.id);
  return Object.fromEntries(env);
}

async function execBeside(
  table: ProcessTable,
  record: ContainerRecord,
  { command, timeoutMs }: { command: readonly string[]; timeoutMs: number },
): Promise<{ code: number; output: string }> {
  return runCommand({ command, cwd: record.cwd, env: await environmentOf(table, record), timeoutMs });
}
