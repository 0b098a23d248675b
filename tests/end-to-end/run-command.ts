import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const commandLimitMs = 120_000;
const lookMs = 50;

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
  tookMs: number;
}

export interface CommandOptions {
  cwd?: string;
  stdin?: string;
  env?: Readonly<Record<string, string>>;
  limitMs?: number;
}

export interface Following {
  readonly child: ChildProcess;
  output(): string;
  errors(): string;
  /** Waits until the output holds a match. */
  until(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Waits for a state; fails with what was seen last when it does not comee. */
export async function until<T>(
  look: () => Promise<T | undefined> | T | undefined,
  what: string | (() => string),
  limitMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) assert.fail(`not within ${limitMs} ms: ${typeof what === 'string' ? what : what()}`);
    await delay(lookMs);
  }
}

/** Runs a program to its end; a limit that is met is a failure of the test. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions & { env: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  const startedAt = performance.now();
  const child = spawn(command, [...args], { cwd: options.cwd, env: options.env, stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  // A program that reads no input closes the pipe early; its exit code tells what matters.
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  const limitMs = options.limitMs ?? commandLimitMs;
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, limitMs);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    assert.ok(!isLate, `${command} ${args.join(' ')} took longer than ${limitMs} ms: ${stderr}${stdout}`);
    return { code, stdout, stderr, tookMs: performance.now() - startedAt };
  } finally {
    clearTimeout(limit);
  }
}

/** Starts a program and collects what it prints. */
export function followCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions & { env: Readonly<Record<string, string>>; running: Set<Following> },
): Following {
  const child = spawn(command, [...args], { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const following: Following = {
    child,
    output: () => output,
    errors: () => errors,
    until: (pattern, limitMs) =>
      until(
        () => pattern.exec(output) ?? undefined,
        () => `${command} ${args.join(' ')} prints ${pattern}; it printed ${output}${errors}`,
        limitMs,
      ),
    stop: async (signal = 'SIGTERM') => {
      options.running.delete(following);
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return (await closed)[0];
    },
  };
  options.running.add(following);
  return following;
}
