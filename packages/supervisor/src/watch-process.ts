import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import type { Program } from './programs.ts';

export type ProgramState = 'running' | 'backing-off' | 'stopped';

export interface ProgramStatus {
  name: string;
  state: ProgramState;
  process?: ProcessIdentity;
  restarts: number;
  /** Why it ended the last time. */
  lastExit?: string;
  nextStartAt?: string;
}

export interface WatchedProgram {
  status(): ProgramStatus;
  /** Asks it to end, waits, and makes sure. It is not started again. */
  stop(): Promise<void>;
}

const firstDelayMs = 500;
const maxDelayMs = 30_000;
// Shorter runs count as the same trouble; a longer one was a good start.
const stableMs = 60_000;
const maxLogBytes = 16 * 1024 * 1024;
// An adopted process is nobody's child, so nobody tells when it ends.
const adoptedLookMs = 500;

/** Keeps one program running: starts it again after a crash, later and later while it does not hold. A process that still runs is adopted. */
export function watchProgram(program: Program, options: { adopt: ProcessIdentity | undefined; onChange: () => void }): WatchedProgram {
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let delayMs = firstDelayMs;
  let ending: (() => void) | undefined;
  const status: ProgramStatus = { name: program.name, state: 'stopped', restarts: 0 };
  const change = (next: Partial<ProgramStatus>): void => {
    Object.assign(status, next);
    options.onChange();
  };
  const ended = (why: string, startedAt: number): void => {
    delete status.process;
    ending?.();
    if (stopping) {
      change({ state: 'stopped', lastExit: why });
      return;
    }
    if (Date.now() - startedAt > stableMs) delayMs = firstDelayMs;
    change({
      state: 'backing-off',
      lastExit: why,
      restarts: status.restarts + 1,
      nextStartAt: new Date(Date.now() + delayMs).toISOString(),
    });
    timer = setTimeout(start, delayMs);
    delayMs = Math.min(delayMs * 2, maxDelayMs);
  };
  const start = (): void => {
    mkdirSync(dirname(program.log), { recursive: true });
    keepOneOldLog(program.log);
    const log = openSync(program.log, 'a', 0o600);
    const startedAt = Date.now();
    // Its own group, and a file for its output: it outlives a killed supervisor, and never blocks on a pipe that nobody reads.
    const child = spawn(program.command, [...program.args], {
      env: { ...program.env },
      cwd: program.cwd,
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    child.once('error', (error) => ended(error.message, startedAt));
    child.once('exit', (code, signal) => ended(signal === null ? `exit code ${code}` : `killed by ${signal}`, startedAt));
    const process = child.pid === undefined ? undefined : identify(child.pid);
    change({ state: 'running', ...(process === undefined ? {} : { process }) });
  };
  const adopt = (process: ProcessIdentity): void => {
    change({ state: 'running', process });
    const look = (): void => {
      if (isAlive(process)) timer = setTimeout(look, adoptedLookMs);
      else ended('it ended while nobody watched', 0);
    };
    look();
  };

  if (options.adopt !== undefined && isAlive(options.adopt)) adopt(options.adopt);
  else start();
  return {
    status: () => ({ ...status }),
    stop: async () => {
      stopping = true;
      if (status.process === undefined) {
        clearTimeout(timer);
        change({ state: 'stopped' });
        return;
      }
      const gone = new Promise<void>((resolve) => {
        ending = resolve;
      });
      signal(status.process, program.stopSignal);
      const force = setTimeout(() => status.process !== undefined && signal(status.process, 'SIGKILL'), program.stopGraceMs);
      await gone;
      clearTimeout(force);
    },
  };
}

function signal({ pid, startedAt }: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive({ pid, startedAt })) return;
  try {
    process.kill(pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}

/** A program that fails in a loop cannot fill the disk. */
function keepOneOldLog(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) renameSync(file, `${file}.1`);
}
