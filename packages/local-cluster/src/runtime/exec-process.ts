import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { findTerminal, setSize, type TerminalSize, terminalCommand } from './exec-terminal.ts';
import type { ProcessTable } from './process-table.ts';

export interface ExecPlan {
  command: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdin: boolean;
  /** With a terminal stdout and stderr are one. Where none can be given the command runs without, and says so on stderr. */
  tty: boolean;
  /** Aborted: the command and all that it started is killed. */
  signal: AbortSignal;
}

/** A command that runs beside a container. */
export interface ExecProcess {
  stdin?: Writable;
  stdout: Readable;
  stderr: Readable;
  resize(size: TerminalSize): void;
  /** Its exit code, or why it did not run. Never rejects. */
  ended: Promise<{ code: number } | { failure: string }>;
}

/** Finds what a command started, also what left its group. */
const execIdVariable = 'FAIRWAY_EXEC_ID';

const noTerminal = 'fairway: this machine can give no terminal (util-linux `script` is not there): the command runs without one\n';
// A child of the command that keeps its output open must not hold the client for ever.
const drainMs = 1_000;

const codeOf = (code: number | null, signal: NodeJS.Signals | null): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal]);

const send = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile.
  }
};

/** The group at once; then whoever left it, by the mark that all of them inherited. */
async function killAll(table: ProcessTable, { pid, id }: { pid: number; id: string }): Promise<void> {
  send(-pid);
  for (const entry of await table.list())
    if (entry.pid !== process.pid && (await table.environ(entry.pid))?.get(execIdVariable) === id) send(entry.pid);
}

const failureOf = ({ cwd, command }: ExecPlan, error: NodeJS.ErrnoException): string => {
  const file = command[0] ?? '';
  if (error.code !== 'ENOENT') return `exec: ${JSON.stringify(file)}: ${error.message}`;
  return existsSync(cwd) ? `exec: ${JSON.stringify(file)}: executable file not found in $PATH` : 'the folder of the container has gone';
};

/** Starts a command in a group of its own. */
export function startExec(table: ProcessTable, id: string, plan: ExecPlan): ExecProcess {
  const { cwd, signal } = plan;
  const terminal = plan.tty ? terminalCommand(plan.command) : undefined;
  const [file = '', ...args] = terminal?.command ?? plan.command;
  const env = { ...plan.env, ...terminal?.env, [execIdVariable]: id };
  const child = spawn(file, args, { cwd, env, detached: true, stdio: [plan.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = [child.stdout as Readable, child.stderr as Readable];
  const said = new PassThrough();
  if (plan.tty && terminal === undefined) said.write(noTerminal);
  stderr.pipe(said);
  // The client may be gone, the command may not read: neither is an error of ours.
  for (const stream of [child.stdin, stdout, stderr, said]) stream?.on('error', () => {});
  const kill = (): void => {
    if (child.pid !== undefined) killAll(table, { pid: child.pid, id }).catch(() => {});
  };
  if (signal.aborted) kill();
  signal.addEventListener('abort', kill, { once: true });
  const ended = new Promise<{ code: number } | { failure: string }>((resolve) => {
    child.once('error', (error) => {
      said.end();
      resolve({ failure: failureOf(plan, error) });
    });
    child.once('exit', (code, name) => {
      signal.removeEventListener('abort', kill);
      const drained = setTimeout(() => {
        stdout.destroy();
        stderr.destroy();
        said.end();
      }, drainMs);
      child.once('close', () => clearTimeout(drained));
      resolve({ code: codeOf(code, name) });
    });
  });
  const resize = (size: TerminalSize): void => {
    if (terminal === undefined || child.pid === undefined) return;
    void findTerminal(table, child.pid, signal).then((path) => path === undefined || setSize(path, size));
  };
  return { ...(child.stdin === null ? {} : { stdin: child.stdin }), stdout, stderr: said, resize, ended };
}
