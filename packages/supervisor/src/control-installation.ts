import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Ports, portNames } from './choose-ports.ts';
import { bundlePrograms, checkoutFolder, fingerprint, startsOf } from './code-cache.ts';
import { endProcess } from './end-process.ts';
import { lastErrorOf } from './last-error-of.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import { programNames } from './programs.ts';
import { type InstallationStatus, readStatus } from './read-status.ts';
import type { StateFiles } from './state-folder.ts';
import { alreadyWatchedExit } from './supervise.ts';

const lookMs = 20;
// One that is ending has this long to let its applications end.
const stopWaitMs = 90_000;
// Nothing survives SIGKILL, but a busy machine may take its time.
const killWaitMs = 10_000;

export interface StartOptions {
  files: StateFiles;
  /** Ports that somebody asked for; the others are those of the last run, or the usual ones. */
  wanted: Partial<Ports>;
  /** Folder of the programs. */
  checkout: string;
  node: string;
  deadlineMs: number;
}

export interface Started {
  status: InstallationStatus;
  wasRunning: boolean;
  /** Programs of another version ran, and were started anew. */
  wasRestarted: boolean;
  /** They run on: whoever holds their supervisor in the foreground must start it anew. */
  isOutdated: boolean;
}

/**
 * Starts a supervisor in the background unless one of this version watches already; answers when its programs have been started. Calling it twice at once
 * starts one. A supervisor of another version is killed, which every version bears, and the new one replaces the programs that it finds.
 */
export async function startInBackground(options: StartOptions): Promise<Started> {
  const { files } = options;
  const deadline = Date.now() + options.deadlineMs;
  const before = await untilSettled(files, deadline);
  const running = before === undefined ? undefined : await keepOrKill(before, options.checkout);
  if (running !== undefined) return running;
  await bundlePrograms({ checkout: checkoutFolder, node: options.node });
  const started = spawnSupervisor(options);
  for (;;) {
    const failure = started.failure();
    const status = await readStatus(files);
    // Another supervisor may have been faster: ours has ended then, and that one is as good. It has the lock before it writes its status.
    if (status?.phase === 'watching' && isAlive(status.supervisor)) {
      const isOurs = status.supervisor.pid === started.pid;
      const wasRestarted = isOurs && (status.replaced ?? []).length > 0;
      return { status, wasRunning: !isOurs || wasRestarted, wasRestarted, isOutdated: false };
    }
    if ((failure !== undefined && !started.wasSecond()) || Date.now() > deadline) {
      const log = join(files.logs, 'supervisor.log');
      const why = [failure ?? 'no answer in time', await lastErrorOf(log)].filter((part) => part !== undefined).join(': ');
      throw new Error(`the supervisor did not start: ${why}; its log is ${log}`);
    }
    await delay(lookMs);
  }
}

/** Undefined when it was of another version, and has been killed. */
async function keepOrKill(status: InstallationStatus, checkout: string): Promise<Started | undefined> {
  const isOutdated = status.code !== fingerprint(checkout);
  if (!isOutdated || status.isForeground === true) return { status, wasRunning: true, wasRestarted: false, isOutdated };
  await endProcess(status.supervisor, 'SIGKILL', Date.now() + killWaitMs);
  return undefined;
}

/** The status of a supervisor that lives: waits while one prepares, and while one is ending. */
async function untilSettled(files: StateFiles, deadline: number): Promise<InstallationStatus | undefined> {
  const stopDeadline = Date.now() + stopWaitMs;
  for (;;) {
    const status = await readStatus(files);
    if (status === undefined || !isAlive(status.supervisor)) return undefined;
    if (status.phase === 'watching') return status;
    if (Date.now() > (status.phase === 'stopping' ? stopDeadline : deadline))
      throw new Error(
        `the supervisor (process ${status.supervisor.pid}) is still ${status.phase}: look at ${join(files.logs, 'supervisor.log')}`,
      );
    await delay(lookMs);
  }
}

function spawnSupervisor({ files, wanted, checkout, node }: StartOptions) {
  mkdirSync(files.logs, { recursive: true, mode: 0o700 });
  const log = openSync(join(files.logs, 'supervisor.log'), 'a', 0o600);
  const start = startsOf(checkoutFolder)('supervisor');
  const given = ['--home', files.home, '--checkout', checkout];
  const ports = portNames.flatMap((name) => (wanted[name] === undefined ? [] : [`--${name}-port`, String(wanted[name])]));
  const child = spawn(node, [...start.args, ...given, ...ports], {
    env: { ...process.env, ...start.env },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let failure: string | undefined;
  child.once('error', (error) => {
    failure = error.message;
  });
  let wasSecond = false;
  child.once('exit', (code, signal) => {
    wasSecond = code === alreadyWatchedExit;
    failure = `it ended with ${signal ?? `exit code ${code}`}`;
  });
  child.unref();
  return { pid: child.pid, failure: () => failure, wasSecond: () => wasSecond };
}

/** Ends everything that this installation started, and nothing else. Answers what was ended. */
export async function stopInstallation(files: StateFiles, deadlineMs: number): Promise<string[]> {
  const status = await readStatus(files);
  if (status === undefined) return [];
  const deadline = Date.now() + deadlineMs;
  const running = [{ name: 'supervisor', process: status.supervisor }, ...status.programs].filter(
    (program): program is { name: string; process: ProcessIdentity } => program.process !== undefined && isAlive(program.process),
  );
  const killed: string[] = [];
  const end = async (name: string, target: ProcessIdentity, signal: NodeJS.Signals): Promise<void> => {
    if (!(await endProcess(target, signal, deadline))) killed.push(name);
  };
  await end('supervisor', status.supervisor, 'SIGTERM');
  // After a killed supervisor its programs are nobody's children: each is ended by itself, the cluster with its applications last.
  const left = (await readStatus(files))?.programs ?? [];
  for (const name of programNames.toReversed()) {
    const target = left.find((known) => known.name === name)?.process;
    if (target !== undefined) await end(name, target, name === 'local-cluster' ? 'SIGUSR2' : 'SIGTERM');
  }
  await rm(files.status, { force: true });
  if (killed.length > 0) throw new Error(`${killed.join(', ')} did not end in time and had to be killed`);
  return running.map(({ name }) => name);
}
