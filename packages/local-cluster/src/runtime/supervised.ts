import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@fairway/resources/log';
import { type Clock, traceStep } from '@fairway/resources/model';
import { type ContainerRecord, containerFolder, type Exit, readExit, saveRecord } from './container-record.ts';
import { type ContainerWatch, watchContainer } from './container-watch.ts';
import { containerIdVariable, findMembers, leaderLives } from './find-members.ts';
import { createLogTailer, type LogTailer } from './log-tailer.ts';
import type { ProcessTable } from './process-table.ts';
import { shim } from './shim.ts';
import { stopMembers } from './stop-members.ts';

/** What supervision needs and whom it tells. */
export interface Supervision {
  root: string;
  clock: Clock;
  log: Log;
  processTable: ProcessTable;
  bootId: string;
  /** An ended container whose log is complete. */
  tell: (record: ContainerRecord) => void;
}

/** One container under supervision. */
export interface Supervised {
  record: ContainerRecord;
  folder: string;
  tailer?: LogTailer;
  watch?: ContainerWatch;
  stopping?: Promise<ContainerRecord>;
  settling?: Promise<void>;
  /** Readers of the log who wait for more. */
  waiters: Set<() => void>;
}

const lostExit = (at: number): Exit => ({
  code: 137,
  reason: 'ended with its shim: killed from outside, or the machine was restarted',
  at,
});
const followNetMs = 2_000;
const outputFile = 'stdout';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const createSupervised = (root: string, record: ContainerRecord): Supervised => ({
  record,
  folder: containerFolder(root, record),
  waiters: new Set(),
});

/** Wakes all who wait for more of the log. */
export const wakeReaders = ({ waiters }: Supervised): void => {
  for (const waiter of waiters) waiter();
  waiters.clear();
};

/** Resolves when the log may have grown, when the signal aborts, or after a while. */
export const logChanged = ({ waiters }: Supervised, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      waiters.delete(done);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, followNetMs);
    waiters.add(done);
    signal?.addEventListener('abort', done, { once: true });
  });

/** True when the application's first process has ended, or the shim above it is gone. */
const hasEnded = async ({ processTable }: Supervision, { folder, record }: Supervised): Promise<boolean> =>
  (await readExit(folder)) !== undefined || !(await leaderLives(processTable, record));

const endMembers = async (
  supervision: Supervision,
  supervised: Supervised,
  options: { graceMs: number; signal: NodeJS.Signals; isOver: boolean },
): Promise<void> => {
  const { processTable, clock, log } = supervision;
  const { record } = supervised;
  const { graceMs, signal, isOver } = options;
  const ended = (): Promise<boolean> => (isOver ? Promise.resolve(true) : hasEnded(supervision, supervised));
  const left = await stopMembers({ table: processTable, record, graceMs, signal, hasEnded: ended, now: clock.now, pause });
  record.swept = left.length === 0;
  if (left.length > 0) log.error('processes of a container cannot be killed', { container: record.id, pids: left.map(({ pid }) => pid) });
};

async function settleOnce(supervision: Supervision, supervised: Supervised): Promise<void> {
  const { record, folder, tailer, watch } = supervised;
  await endMembers(supervision, supervised, { graceMs: 0, signal: 'SIGKILL', isOver: true });
  watch?.close();
  const exit = (await readExit(folder)) ?? lostExit(supervision.clock.now());
  try {
    tailer?.finish();
    tailer?.close();
    await saveRecord(supervision.root, { ...record, exit });
  } catch (error) {
    // A full disk must not make an ended container run for ever; after a restart its end is read from the shim's file again.
    supervision.log.warn('the end of a container could not be written down', { container: record.id, error });
  }
  record.exit = exit;
  wakeReaders(supervised);
  supervision.tell(record);
}

/** The application has ended: what is left of the group is killed, its log is completed, and the end is noted and told. Once. */
function settle(supervision: Supervision, supervised: Supervised): Promise<void> {
  supervised.settling ??= settleOnce(supervision, supervised).catch((error: unknown) => {
    // Kept, the failure of one look at the machine would be the answer for ever, and the container would never have ended.
    delete supervised.settling;
    throw error;
  });
  return supervised.settling;
}

async function look(supervision: Supervision, supervised: Supervised): Promise<boolean> {
  const { record, tailer } = supervised;
  try {
    const more = tailer?.pump() ?? false;
    wakeReaders(supervised);
    if (!more && record.exit === undefined && (await hasEnded(supervision, supervised))) await settle(supervision, supervised);
    return more && record.exit === undefined;
  } catch (error) {
    // A full disk, most of the time: the application goes on and the next look tries again.
    supervision.log.warn('a container could not be looked at', { container: record.id, error });
    return false;
  }
}

function attend(supervision: Supervision, supervised: Supervised): void {
  const { clock } = supervision;
  const { folder } = supervised;
  supervised.tailer ??= createLogTailer({ folder, now: clock.now });
  supervised.watch = watchContainer({ folder, clock, look: () => look(supervision, supervised) });
}

/** Starts the shim with the application below it. stdout and stderr are files, so that nothing of ours is needed to go on. */
async function spawnShim(
  { folder, record }: Supervised,
  plan: { command: readonly string[]; env: Readonly<Record<string, string>> },
  onExit: () => void,
): Promise<number | undefined> {
  const out = openSync(join(folder, outputFile), 'a', 0o600);
  const err = openSync(join(folder, 'stderr'), 'a', 0o600);
  try {
    const child = spawn('/bin/sh', ['-c', shim, 'fairway-shim', join(folder, 'exit'), ...plan.command], {
      cwd: record.cwd,
      detached: true,
      env: { ...plan.env, [containerIdVariable]: record.id },
      stdio: ['ignore', out, err],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.on('error', reject);
    });
    child.once('exit', onExit);
    child.unref();
    return child.pid;
  } finally {
    closeSync(out);
    closeSync(err);
  }
}

/** Starts a container. It is noted before the start: a crash in between is found by the id in the environment, and nothing runs twice. */
export async function launch(
  supervision: Supervision,
  supervised: Supervised,
  plan: { command: readonly string[]; env: Readonly<Record<string, string>> },
): Promise<void> {
  const { record } = supervised;
  const note = (): Promise<void> => traceStep('container note', () => saveRecord(supervision.root, record));
  await note();
  const pid = await traceStep('container spawn', () => spawnShim(supervised, plan, () => supervised.watch?.poke()));
  const found = pid === undefined ? undefined : await supervision.processTable.find(pid);
  if (pid !== undefined) record.pid = pid;
  if (found !== undefined) record.pidStartedAt = found.startedAt;
  await note();
  attend(supervision, supervised);
}

/** We died between noting it and starting it: its output files, which are made for the start, are not there. */
export const wasNeverStarted = ({ record, folder }: Supervised): boolean =>
  record.pid === undefined && record.exit === undefined && !existsSync(join(folder, outputFile));

/** Takes up a container from before a restart: goes on with its log, and finds its end if it has ended. */
export async function adopt(supervision: Supervision, supervised: Supervised): Promise<void> {
  const { record, folder } = supervised;
  const { processTable, root, clock, log } = supervision;
  if (record.exit !== undefined && record.swept) return;
  if (record.pid === undefined) {
    // We died between starting it and noting its pid: the leader of the group that carries the id is it.
    const leader = (await findMembers(processTable, record)).find((member) => member.pid === member.group);
    if (leader !== undefined) Object.assign(record, { pid: leader.pid, pidStartedAt: leader.startedAt });
    await saveRecord(root, record);
  }
  supervised.tailer = createLogTailer({ folder, now: clock.now });
  if (await hasEnded(supervision, supervised)) await settle(supervision, supervised);
  else {
    attend(supervision, supervised);
    log.info('adopted a running container', { container: record.id, pid: record.pid });
  }
}

export interface StopOptions {
  graceMs: number;
  signal?: NodeJS.Signals;
  /** Everything on this machine ends: the end is noted as no fault of the application. */
  interrupts?: boolean;
}

/** Ends a container for certain. A shorter grace than that of a stop under way counts, so it runs beside it; both end in the same settle. */
export function stopSupervised(supervision: Supervision, supervised: Supervised, options: StopOptions): Promise<ContainerRecord> {
  const { record } = supervised;
  if (record.exit !== undefined && record.swept) return Promise.resolve(record);
  const { graceMs, signal = 'SIGTERM', interrupts = false } = options;
  if (interrupts && record.exit === undefined) record.interrupted = true;
  const run = async (): Promise<ContainerRecord> => {
    await endMembers(supervision, supervised, { graceMs, signal, isOver: false });
    await settle(supervision, supervised);
    return record;
  };
  const under = supervised.stopping;
  const mine = run();
  supervised.stopping = under === undefined ? mine : Promise.race([under, mine]);
  return supervised.stopping;
}
