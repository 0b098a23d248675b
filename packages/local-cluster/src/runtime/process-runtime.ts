import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@fairway/resources/log';
import { type Clock, invalid, notFound } from '@fairway/resources/model';
import {
  type ContainerId,
  type ContainerRecord,
  containerFolder,
  containerId,
  type Exit,
  folderOf,
  loadRecords,
  readExit,
  saveRecord,
  writeAtomically,
} from './container-record.ts';
import { type ContainerWatch, watchContainer } from './container-watch.ts';
import { containerIdVariable, findMembers, leaderLives, membersIn, takeSnapshot } from './find-members.ts';
import { createLogTailer, type LogTailer } from './log-tailer.ts';
import { createPortAllotment } from './port-allotment.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';
import { type LogQuery, readLogs } from './read-logs.ts';
import { runCommand } from './run-command.ts';
import { shim } from './shim.ts';
import { stopMembers } from './stop-members.ts';

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

export interface ContainerFigures {
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
  stop(id: ContainerId, options: { graceMs: number; signal?: NodeJS.Signals }): Promise<ContainerRecord>;
  /** Everything that is known, ended containers included. */
  list(): readonly ContainerRecord[];
  get(id: ContainerId): ContainerRecord | undefined;
  /** Called after a container has ended and its log is complete. The answer takes the listener away. */
  onExit(listener: (record: ContainerRecord) => void): () => void;
  /** Runs a command beside a container, with its environment and folder. */
  exec(id: ContainerId, command: readonly string[], timeoutMs: number): Promise<{ code: number; output: string }>;
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

interface Entry {
  record: ContainerRecord;
  folder: string;
  cwd: string;
  tailer?: LogTailer;
  watch?: ContainerWatch;
  /** Runs the stop that is under way, so that a second call waits for the first. */
  stopping?: Promise<ContainerRecord>;
  settling?: Promise<void>;
  waiters: Set<() => void>;
}

const sumFigures = (members: readonly ProcessEntry[]): ContainerFigures => {
  const sum = (of: (member: ProcessEntry) => number): number => members.reduce((total, member) => total + of(member), 0);
  return {
    cpuMs: sum(({ cpuMs, childCpuMs }) => cpuMs + childCpuMs),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    processes: members.length,
  };
};

const lostExit = (at: number): Exit => ({
  code: 137,
  reason: 'ended with its shim: killed from outside, or the machine was restarted',
  at,
});
const followNetMs = 2_000;

/** Adopts what runs below the root and answers when everything found there is known. */
export async function createProcessRuntime({ root, clock, log, processTable }: ProcessRuntimeOptions): Promise<ProcessRuntime> {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const entries = new Map<ContainerId, Entry>();
  const podPorts = new Map<string, Record<string, number>>();
  const listeners = new Set<(record: ContainerRecord) => void>();
  const allotment = createPortAllotment();
  const bootId = await processTable.bootId();
  let closed = false;

  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const known = (id: ContainerId): Entry => {
    const entry = entries.get(id);
    if (entry === undefined) throw notFound('container', id);
    return entry;
  };
  const wake = (entry: Entry): void => {
    for (const waiter of entry.waiters) waiter();
    entry.waiters.clear();
  };
  const save = (entry: Entry): Promise<void> => saveRecord(root, entry.record);

  /** The application has ended: its log is completed, what is left of the group is killed, and the end is noted and told. */
  const settle = (entry: Entry): Promise<void> => {
    entry.settling ??= (async () => {
      const { record } = entry;
      const left = await stopMembers({
        table: processTable,
        record,
        graceMs: 0,
        signal: 'SIGKILL',
        hasEnded: async () => true,
        now: clock.now,
        pause,
      });
      if (left.length > 0)
        log.error('processes of a container cannot be killed', { container: record.id, pids: left.map(({ pid }) => pid) });
      entry.tailer?.finish();
      entry.tailer?.close();
      entry.watch?.close();
      record.exit = (await readExit(entry.folder)) ?? lostExit(clock.now());
      record.swept = left.length === 0;
      await save(entry);
      wake(entry);
      if (!closed) for (const listener of listeners) listener(record);
    })();
    return entry.settling;
  };
  const hasEnded = async (entry: Entry): Promise<boolean> =>
    (await readExit(entry.folder)) !== undefined || !(await leaderLives(processTable, entry.record));

  const look = async (entry: Entry): Promise<boolean> => {
    try {
      const more = entry.tailer?.pump() ?? false;
      wake(entry);
      if (!more && entry.record.pid !== undefined && entry.record.exit === undefined && (await hasEnded(entry))) await settle(entry);
      return more && entry.record.exit === undefined;
    } catch (error) {
      // A full disk, most of the time: the application goes on and the next look tries again.
      log.warn('a container could not be looked at', { container: entry.record.id, error });
      return false;
    }
  };
  const attend = (entry: Entry): void => {
    entry.tailer = createLogTailer({ folder: entry.folder, now: clock.now });
    entry.watch = watchContainer({ folder: entry.folder, clock, look: () => look(entry) });
  };

  const launch = async (entry: Entry, plan: ContainerPlan): Promise<void> => {
    const { folder, record } = entry;
    const out = openSync(join(folder, 'stdout'), 'a', 0o600);
    const err = openSync(join(folder, 'stderr'), 'a', 0o600);
    try {
      const child = spawn('/bin/sh', ['-c', shim, 'fairway-shim', join(folder, 'exit'), ...plan.command], {
        cwd: plan.cwd,
        detached: true,
        env: { ...plan.env, [containerIdVariable]: record.id },
        stdio: ['ignore', out, err],
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      child.once('exit', () => entry.watch?.poke());
      child.unref();
      if (child.pid !== undefined) record.pid = child.pid;
    } finally {
      closeSync(out);
      closeSync(err);
    }
  };

  const identify = async (entry: Entry): Promise<void> => {
    const { record } = entry;
    const found = record.pid === undefined ? undefined : await processTable.find(record.pid);
    if (found !== undefined) record.pidStartedAt = found.startedAt;
    await save(entry);
  };

  const adopt = async (record: ContainerRecord): Promise<void> => {
    const entry: Entry = { record, folder: containerFolder(root, record), cwd: '/', waiters: new Set() };
    entries.set(record.id, entry);
    if (record.exit !== undefined && record.swept) return;
    if (record.pid === undefined) {
      // We died between starting it and noting its pid: the leader of the group that carries the id is it.
      const leader = (await findMembers(processTable, record)).find((member) => member.pid === member.group);
      if (leader !== undefined) Object.assign(record, { pid: leader.pid, pidStartedAt: leader.startedAt });
      await save(entry);
    }
    entry.tailer = createLogTailer({ folder: entry.folder, now: clock.now });
    if (await hasEnded(entry)) await settle(entry);
    else {
      entry.watch = watchContainer({ folder: entry.folder, clock, look: () => look(entry) });
      log.info('adopted a running container', { container: record.id, pid: record.pid });
    }
  };

  const portsFile = (podUid: string): string => join(folderOf(root, podUid), 'ports.json');
  const loadPorts = async (podUid: string): Promise<void> => {
    const text = await readFile(portsFile(podUid), 'utf8').catch(() => undefined);
    if (text === undefined) return;
    const ports = JSON.parse(text) as Record<string, number>;
    podPorts.set(podUid, ports);
    for (const port of Object.values(ports)) allotment.keep(port);
  };

  const records = await loadRecords(root);
  const podUids = new Set(records.map(({ podUid }) => podUid));
  for (const podUid of podUids) await loadPorts(podUid);
  for (const record of records) await adopt(record);

  const stop: ProcessRuntime['stop'] = (id, { graceMs, signal = 'SIGTERM' }) => {
    const entry = known(id);
    if (entry.record.exit !== undefined && entry.record.swept) return Promise.resolve(entry.record);
    const run = async (): Promise<ContainerRecord> => {
      await stopMembers({
        table: processTable,
        record: entry.record,
        graceMs,
        signal,
        hasEnded: () => hasEnded(entry),
        now: clock.now,
        pause,
      });
      await settle(entry);
      return entry.record;
    };
    // A shorter grace than that of a stop under way must count, so it runs beside it; both end in the same settle.
    const under = entry.stopping;
    const mine = run();
    entry.stopping = under === undefined ? mine : Promise.race([under, mine]);
    return entry.stopping;
  };

  const changed = (entry: Entry, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        entry.waiters.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, followNetMs);
      entry.waiters.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });

  return {
    async allotPorts(podUid, containerPorts) {
      const ports = podPorts.get(podUid) ?? {};
      const missing = containerPorts.filter((port) => ports[port] === undefined);
      if (missing.length === 0) return ports;
      for (const port of missing) ports[port] = await allotment.allot();
      await mkdir(folderOf(root, podUid), { recursive: true, mode: 0o700 });
      await writeAtomically(portsFile(podUid), JSON.stringify(ports));
      podPorts.set(podUid, ports);
      podUids.add(podUid);
      return ports;
    },
    async start(plan) {
      const id = containerId(plan.podUid, plan.name, plan.attempt);
      const present = entries.get(id);
      if (present !== undefined) return present.record;
      if (plan.command.length === 0) throw invalid(`container "${plan.name}" has no command: neither its image nor the pod names one`);
      const { podUid, name, attempt, image, imageId } = plan;
      const record: ContainerRecord = { id, podUid, name, attempt, image, imageId, startedAt: clock.now(), bootId, swept: false };
      const entry: Entry = { record, folder: containerFolder(root, record), cwd: plan.cwd, waiters: new Set() };
      entries.set(id, entry);
      podUids.add(podUid);
      try {
        // Noted before the start: a crash in between is found by the id in the environment, and nothing runs twice.
        await save(entry);
        await launch(entry, plan);
      } catch (error) {
        entries.delete(id);
        await rm(entry.folder, { recursive: true, force: true });
        throw error;
      }
      await identify(entry);
      attend(entry);
      return record;
    },
    stop,
    list: () => [...entries.values()].map(({ record }) => record),
    get: (id) => entries.get(id)?.record,
    onExit(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    async exec(id, command, timeoutMs) {
      const { record, cwd } = known(id);
      const env = record.pid === undefined ? undefined : await processTable.environ(record.pid);
      if (env === undefined) throw notFound('running container', id);
      return runCommand({ command, cwd: env.get('PWD') ?? cwd, env: Object.fromEntries(env), timeoutMs });
    },
    async listeningPorts(id) {
      const members = await findMembers(processTable, known(id).record);
      const found = await processTable.listeners(members.map(({ pid }) => pid));
      return [...new Set(found.map(({ port }) => port))].sort((a, b) => a - b);
    },
    readLogs(id, query) {
      const entry = known(id);
      const source = {
        folder: entry.folder,
        now: clock.now,
        isComplete: () => entry.record.exit !== undefined || closed,
        changed: (signal?: AbortSignal) => changed(entry, signal),
      };
      return readLogs(source, query);
    },
    async figures(ids) {
      const snapshot = await takeSnapshot(processTable);
      return new Map(ids.flatMap((id) => (entries.has(id) ? [[id, sumFigures(membersIn(snapshot, known(id).record))] as const] : [])));
    },
    podFolder: (podUid) => folderOf(root, podUid),
    async removeContainer(id) {
      const entry = known(id);
      if (entry.record.exit === undefined) throw invalid(`container ${id} runs: stop it first`);
      entries.delete(id);
      await rm(entry.folder, { recursive: true, force: true });
    },
    async removePod(podUid) {
      const own = [...entries.values()].filter(({ record }) => record.podUid === podUid);
      await Promise.all(own.map(({ record }) => stop(record.id, { graceMs: 0 })));
      for (const { record } of own) entries.delete(record.id);
      await rm(folderOf(root, podUid), { recursive: true, force: true, maxRetries: 3 });
      for (const port of Object.values(podPorts.get(podUid) ?? {})) allotment.release(port);
      podPorts.delete(podUid);
      podUids.delete(podUid);
    },
    pods: () => [...podUids],
    async close() {
      closed = true;
      for (const entry of entries.values()) {
        entry.watch?.close();
        wake(entry);
        await entry.settling;
        entry.tailer?.close();
      }
      listeners.clear();
    },
  };
}
