import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Program, prepareInstallation, programs, stateFiles } from '@fairway/supervisor';
import { type Answer, ask } from '../harness/ask.ts';
import { checkout, environmentOf, freePorts, type Ports } from '../harness/installation.ts';
import { spawnProgram } from '../harness/spawn-program.ts';

const preload = fileURLToPath(new URL('./kill-at-step.ts', import.meta.url));
const lookMs = 25;
// On a starved machine a start takes seconds, and whoever waits for the started one asks at longer and longer intervals.
const limitMs = 60_000;

/** The programs whose steps outlive them. */
export const killablePrograms = ['control-plane', 'local-cluster'] as const;
export type KillableProgram = (typeof killablePrograms)[number];

/** A whole installation whose programs are killed at steps of their own, and started again at once. */
export interface KillableInstallation extends AsyncDisposable {
  /** All of it lies below. */
  folder: string;
  ports: Ports;
  token: string;
  /** Kills the program at these points (`after cluster create Job`), one after the other. */
  arm(program: KillableProgram, points: readonly string[]): Promise<void>;
  /** Points at which the program was killed since it was armed. */
  killedAt(program: KillableProgram): Promise<string[]>;
  /** Takes back what has not come about. */
  disarm(program: KillableProgram): Promise<void>;
  /** Names of the steps that the program began since the last call, each once, in the order of their first begin. */
  takeSteps(program: KillableProgram): Promise<string[]>;
  /** Asks the control plane until it answers: a request that a kill cut off is sent again, as every client would. */
  api(method: string, path: string, body?: object): Promise<Answer>;
}

/** Waits for a state; says what did not come about. */
export async function until<T>(what: () => string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(`not within ${limitMs / 1_000} s: ${what()}`);
    await pause(lookMs);
  }
}

interface KeptProgram {
  end(): Promise<void>;
  /** Why it was not started again. */
  failure(): string | undefined;
}

/** Keeps one program running until `end`, with the preload that kills it. */
function keepRunning(program: Program, steps: string): KeptProgram {
  let isEnding = false;
  let child: ChildProcess | undefined;
  let failure: string | undefined;
  const run = async (): Promise<void> => {
    while (!isEnding && failure === undefined) {
      child = await spawnProgram(program, { nodeFlags: ['--import', preload], env: { FAIRWAY_BENCH_STEPS: steps } });
      const [code] = await once(child, 'exit');
      // A program that ends by itself would do so again.
      if (!isEnding && code !== null)
        failure = `${program.name} ended with ${code}: ${(await readFile(program.log, 'utf8')).slice(-1_000)}`;
    }
  };
  const running = run();
  return {
    failure: () => failure,
    end: async () => {
      isEnding = true;
      child?.kill(program.stopSignal);
      const force = setTimeout(() => child?.kill('SIGKILL'), program.stopGraceMs);
      await running.finally(() => clearTimeout(force));
    },
  };
}

const linesOf = async (file: string): Promise<string[]> =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

export async function startKillable(): Promise<KillableInstallation> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-bench-'));
  const files = stateFiles(join(folder, 'home'));
  const ports = await freePorts();
  await prepareInstallation(files, ports);
  const kept = programs({ files, ports, checkout, node: process.execPath, env: environmentOf(files.home) }).map((program) =>
    keepRunning(program, join(folder, program.name)),
  );
  const token = (await readFile(files.adminToken, 'utf8')).trim();
  const api = (method: string, path: string, body?: object): Promise<Answer> => {
    let why = '';
    return until(
      () => `${method} ${path} is answered: ${why}`,
      async () => {
        for (const failure of kept.map((program) => program.failure())) if (failure !== undefined) throw new Error(failure);
        const question = { method, path, token, ...(body === undefined ? {} : { body }) };
        const answer = await ask(ports.plain, question).catch((error: Error) => ({ status: 503, rawHeaders: [], body: error.message }));
        why = `${answer.status} ${answer.body}`;
        return answer.status < 500 ? answer : undefined;
      },
    );
  };
  const end = async (): Promise<void> => {
    // In the reverse order of their start: the applications end with the local cluster.
    for (const program of kept.toReversed()) await program.end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await api('GET', '/ready');
  } catch (error) {
    await end();
    throw error;
  }
  const fileOf = (program: KillableProgram, what: 'armed' | 'killed' | 'steps'): string => join(folder, `${program}.${what}`);
  return {
    folder,
    ports,
    token,
    api,
    arm: async (program, points) => {
      await rm(fileOf(program, 'killed'), { force: true });
      await writeFile(fileOf(program, 'armed'), points.join('\n'));
    },
    killedAt: (program) => linesOf(fileOf(program, 'killed')),
    disarm: (program) => rm(fileOf(program, 'armed'), { force: true }),
    takeSteps: async (program) => {
      const steps = await linesOf(fileOf(program, 'steps'));
      await writeFile(fileOf(program, 'steps'), '');
      return [...new Set(steps)];
    },
    [Symbol.asyncDispose]: end,
  };
}
