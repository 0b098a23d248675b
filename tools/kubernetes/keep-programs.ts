/**
 * Runs programs for as long as its standard input is open: keep-programs.ts FOLDER. Whoever started it may die in any way; then the input ends, and with it all
 * programs and the folder. Lines in: `{"name","command","args","log"}`. Lines out: `{"name","pid"}`, and `{"name","ended"}` when one ended by itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';

export interface KeptProgram {
  name: string;
  command: string;
  args: readonly string[];
  /** The file that takes what it prints. */
  log: string;
}
export type KeeperLine = { name: string; pid: number } | { name: string; ended: string };

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: keep-programs.ts FOLDER');
const running = new Set<ChildProcess>();
const tell = (line: KeeperLine): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

function start({ name, command, args, log }: KeptProgram): void {
  const output = openSync(log, 'a');
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', output, output] });
  closeSync(output);
  running.add(child);
  const ended = (how: string): void => {
    if (running.delete(child)) tell({ name, ended: how });
  };
  child.once('error', (error) => ended(error.message));
  child.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
  if (child.pid !== undefined) tell({ name, pid: child.pid });
}

/** Their state goes with them, so there is nothing to end in good order. */
async function end(): Promise<never> {
  const all = [...running];
  running.clear();
  await Promise.all(
    all.map((child) => {
      const exited = once(child, 'exit');
      return child.kill('SIGKILL') ? exited : undefined;
    }),
  );
  await rm(folder ?? '', { recursive: true, force: true, maxRetries: 3 });
  process.exit(0);
}

// Nobody reads any more: not a reason to end in another way.
process.stdout.on('error', () => {});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
createInterface({ input: process.stdin })
  .on('line', (line) => start(JSON.parse(line) as KeptProgram))
  .once('close', end);
