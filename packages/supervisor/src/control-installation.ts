import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ports } from './choose-ports.ts';
import { isAlive, type ProcessIdentity } from './process-identity.ts';
import type { StateFiles } from './state-folder.ts';
import { type InstallationStatus, readStatus } from './supervise.ts';

const lookMs = 50;

/** Starts a supervisor in the background unless one watches already; answers when its programs have been started. */
export async function startInBackground(options: {
  files: StateFiles;
  wanted: Ports;
  node: string;
  deadlineMs: number;
}): Promise<{ status: InstallationStatus; wasRunning: boolean }> {
  const { files, wanted, node } = options;
  const before = await readStatus(files);
  if (before !== undefined && isAlive(before.supervisor)) return { status: before, wasRunning: true };
  mkdirSync(files.logs, { recursive: true, mode: 0o700 });
  const log = openSync(join(files.logs, 'supervisor.log'), 'a', 0o600);
  const main = new URL('./main.ts', import.meta.url).pathname;
  const ports = Object.entries(wanted).flatMap(([name, port]) => [`--${name}-port`, String(port)]);
  const child = spawn(node, ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning', main, '--home', files.home, ...ports], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let failure: string | undefined;
  child.once('error', (error) => {
    failure = error.message;
  });
  child.once('exit', (code, signal) => {
    failure = `it ended with ${signal ?? `exit code ${code}`}`;
  });
  child.unref();
  const deadline = Date.now() + options.deadlineMs;
  while (Date.now() < deadline && failure === undefined) {
    const status = await readStatus(files);
    if (status !== undefined && status.supervisor.pid === child.pid && status.programs.length > 0) return { status, wasRunning: false };
    await delay(lookMs);
  }
  throw new Error(`the supervisor did not start: ${failure ?? 'no answer in time'}; its log is ${join(files.logs, 'supervisor.log')}`);
}

/** Ends everything that this installation started, and nothing else. Answers what was ended. */
export async function stopInstallation(files: StateFiles, deadlineMs: number): Promise<string[]> {
  const status = await readStatus(files);
  if (status === undefined) return [];
  const deadline = Date.now() + deadlineMs;
  const running = [{ name: 'supervisor', process: status.supervisor }, ...status.programs].filter(
    (program): program is { name: string; process: ProcessIdentity } => program.process !== undefined && isAlive(program.process),
  );
  await end(status.supervisor, 'SIGTERM', deadline);
  // After a killed supervisor its programs are nobody's children: each is ended by itself, the cluster with its applications last.
  for (const name of ['control-plane', 'gateway', 'local-cluster']) {
    const program = (await readStatus(files))?.programs.find((known) => known.name === name);
    if (program?.process !== undefined) await end(program.process, name === 'local-cluster' ? 'SIGUSR2' : 'SIGTERM', deadline);
  }
  await rm(files.status, { force: true });
  return running.map(({ name }) => name);
}

async function end(target: ProcessIdentity, signal: NodeJS.Signals, deadline: number): Promise<void> {
  if (!isAlive(target)) return;
  process.kill(target.pid, signal);
  while (isAlive(target)) {
    if (Date.now() > deadline) {
      process.kill(target.pid, 'SIGKILL');
      throw new Error(`process ${target.pid} did not end in time and was killed`);
    }
    await delay(lookMs);
  }
}
