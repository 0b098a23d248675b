import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { endWhenHung } from './end-when-hung.ts';
import { identify, isAlive, type ProcessIdentity, signalProcess } from './process-identity.ts';
import type { Program } from './programs.ts';
import { type LivenessTiming, usualTiming } from './watch-liveness.ts';

/** `failed`: it was started wrongly, and starting it again would change nothing. */
export type ProgramState = 'running' | 'backing-off' | 'failed' | 'stopped';

export interface ProgramStatus {
  name: string;
  state: ProgramState;
  process?: ProcessIdentity;
  restarts: number;
  /** Why it ended the last time. */
  lastExit?: string;
  lastExitAt?: string;
  nextStartAt?: string;
}

export interface WatchedProgram {
  status(): ProgramStatus;
  /** Asks it to end, waits, and makes sure. It is not started again. */
  stop(): Promise<void>;
}

export interface WatchOptions {
  /** A process of an earlier supervisor that still runs. */
  adopt: ProcessIdentity | undefined;
  onChange: () => void;
  now: () => number;
  /** How long to wait before it is started again, at first; twice as long each time. */
  firstDelayMs?: number;
  timing?: LivenessTiming;
}

// sysexits' EX_USAGE and EX_TEMPFAIL: the programs end with them when they do not understand their flags, and when their port is taken.
const wrongUsage = 64;
const portTaken = 75;
const maxDelayMs = 30_000;
// Shorter runs count as the same trouble; a longer one was a good start.
const stableMs = 60_000;
const maxLogBytes = 16 * 1024 * 1024;
// An adopted process is nobody's child, so nobody tells when it ends.
const adoptedLookMs = 250;

/** Keeps one program running: starts it again after a crash, later and later while it does not hold. A process that still runs is adopted. */
export function watchProgram(program: Program, options: WatchOptions): WatchedProgram {
  const { now, firstDelayMs = 500, timing = usualTiming } = options;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let endLook = (): string | undefined => undefined;
  let delayMs = firstDelayMs;
  let ending: (() => void) | undefined;
  const status: ProgramStatus = { name: program.name, state: 'stopped', restarts: 0 };
  const change = (next: Partial<ProgramStatus>): void => {
    Object.assign(status, next);
    options.onChange();
  };
  const runs = (process: ProcessIdentity | undefined): void => {
    if (process !== undefined) endLook = endWhenHung(process, program.port, timing);
    change({ state: 'running', ...(process === undefined ? {} : { process }) });
  };
  const ended = (exit: Exit, startedAt: number): void => {
    delete status.process;
    ending?.();
    const last = { lastExit: endLook() ?? exit.why, lastExitAt: new Date(now()).toISOString() };
    endLook = () => undefined;
    if (stopping || exit.isFinal) {
      change({ state: stopping ? 'stopped' : 'failed', ...last });
      return;
    }
    if (now() - startedAt > stableMs) delayMs = firstDelayMs;
    const nextStartAt = new Date(now() + delayMs).toISOString();
    change({ state: 'backing-off', ...last, restarts: status.restarts + 1, nextStartAt });
    timer = setTimeout(start, delayMs);
    delayMs = Math.min(delayMs * 2, maxDelayMs);
  };
  const start = (): void => {
    delete status.nextStartAt;
    const startedAt = now();
    runs(startProcess(program, (exit) => ended(exit, startedAt)));
  };
  const adopt = (process: ProcessIdentity): void => {
    runs(process);
    const look = (): void => {
      if (isAlive(process)) timer = setTimeout(look, adoptedLookMs);
      else ended({ why: 'it ended while nobody watched', isFinal: false }, 0);
    };
    look();
  };

  if (options.adopt !== undefined && isAlive(options.adopt)) adopt(options.adopt);
  else start();
  return {
    status: () => ({ ...status }),
    stop: async () => {
      stopping = true;
      endLook();
      if (status.process === undefined) {
        clearTimeout(timer);
        change({ state: 'stopped' });
        return;
      }
      const gone = new Promise<void>((resolve) => {
        ending = resolve;
      });
      const target = status.process;
      signalProcess(target, program.stopSignal);
      const force = setTimeout(() => signalProcess(target, 'SIGKILL'), program.stopGraceMs);
      await gone;
      clearTimeout(force);
    },
  };
}

/** Undefined when it could not be started or has ended already; `ended` is told in every case, later. */
function startProcess(program: Program, ended: (exit: Exit) => void): ProcessIdentity | undefined {
  try {
    const child = spawnLogged(program);
    child.once('error', (error) => ended({ why: error.message, isFinal: false }));
    child.once('exit', (code, signal) => ended(exitOf(code, signal)));
    return child.pid === undefined ? undefined : identify(child.pid);
  } catch (error) {
    // No file handle or no disk for its log: told and tried again, because a throw would end the watch over all programs.
    queueMicrotask(() => ended({ why: `it could not be started: ${(error as Error).message}`, isFinal: false }));
    return undefined;
  }
}

interface Exit {
  why: string;
  isFinal: boolean;
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): Exit {
  if (signal !== null) return { why: `killed by ${signal}`, isFinal: false };
  if (code === wrongUsage) return { why: `exit code ${code}: it does not understand how it was started`, isFinal: true };
  if (code === portTaken) return { why: `exit code ${code}: its port is taken by another program`, isFinal: false };
  return { why: `exit code ${code}`, isFinal: false };
}

/** Its own group, and a file for its output: it outlives a killed supervisor, and never blocks on a pipe that nobody reads. */
function spawnLogged({ command, args, env, cwd, log: file }: Program) {
  mkdirSync(dirname(file), { recursive: true });
  // A program that fails in a loop cannot fill the disk.
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes) renameSync(file, `${file}.1`);
  const log = openSync(file, 'a', 0o600);
  try {
    return spawn(command, [...args], { env: { ...env }, cwd, stdio: ['ignore', log, log], detached: true });
  } finally {
    closeSync(log);
  }
}
