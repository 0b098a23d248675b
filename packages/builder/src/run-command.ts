import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export interface Command {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Gets each line of stdout and stderr as it comes. */
  log?: (line: string) => void;
  signal: AbortSignal;
  timeoutMs: number;
  /** Keeps up to this many characters of stdout in the result. */
  captureChars?: number;
}

export interface CommandResult {
  exitCode: number | undefined;
  /** Why it did not end by itself. */
  stopped?: 'timeout' | 'canceled';
  stdout: string;
  /** The last lines of both streams. */
  lastLines: readonly string[];
}

const maxLineChars = 4_096;
const keptLines = 500;
// A build that prints more than this is stuck in a loop; the log store would keep all of it.
const maxLoggedChars = 32 * 1024 * 1024;
const termToKillMs = 5_000;

/** Runs one program by an argument list in its own process group; nothing of the group is left when it answers. */
export async function runCommand(command: Command): Promise<CommandResult> {
  const child = spawn(command.file, [...command.args], {
    cwd: command.cwd,
    env: { ...command.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collectOutput(child, command);
  const exited = new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? undefined));
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  closed.catch(() => undefined);

  let stopped: CommandResult['stopped'];
  const timers: NodeJS.Timeout[] = [];
  const stop = (reason: 'timeout' | 'canceled') => {
    stopped ??= reason;
    killGroup(child, 'SIGTERM');
    timers.push(setTimeout(() => killGroup(child, 'SIGKILL'), termToKillMs));
  };
  const onAbort = () => stop('canceled');
  timers.push(setTimeout(() => stop('timeout'), command.timeoutMs));
  if (command.signal.aborted) stop('canceled');
  command.signal.addEventListener('abort', onAbort, { once: true });
  try {
    const exitCode = await exited;
    // What the program left running would hold the pipes open and outlive the build.
    killGroup(child, 'SIGKILL');
    await closed;
    return { exitCode, ...(stopped === undefined ? {} : { stopped }), ...output.finish() };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    command.signal.removeEventListener('abort', onAbort);
  }
}

function killGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: the group has ended. EPERM on macOS: only zombies are left in it.
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function collectOutput(child: ChildProcess, { log, captureChars = 0 }: Command) {
  const lastLines: string[] = [];
  let logged = 0;
  let stdout = '';
  const emit = (line: string) => {
    if (logged > maxLoggedChars) return;
    logged += line.length + 1;
    lastLines.push(line);
    if (lastLines.length > keptLines) lastLines.shift();
    log?.(logged > maxLoggedChars ? 'The output of this command is too long: the rest is left out.' : line);
  };
  const finishers = [
    readLines(child.stdout, emit, (text) => {
      if (stdout.length < captureChars) stdout = (stdout + text).slice(0, captureChars);
    }),
    readLines(child.stderr, emit, () => undefined),
  ];
  return {
    finish() {
      for (const finish of finishers) finish();
      return { stdout, lastLines };
    },
  };
}

/** Splits a stream into lines. A line that never ends is cut at its bound; of a line redrawn by carriage returns the last state counts. */
function readLines(stream: Readable | null, emit: (line: string) => void, tap: (text: string) => void): () => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string) => {
    tap(text);
    rest += text;
    let end = rest.indexOf('\n');
    while (end !== -1) {
      emit(lastDrawing(rest.slice(0, end)));
      rest = rest.slice(end + 1);
      end = rest.indexOf('\n');
    }
    if (rest.length > maxLineChars) {
      emit(lastDrawing(rest));
      rest = '';
    }
  };
  stream?.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
  return () => {
    take(decoder.end());
    if (rest !== '') emit(lastDrawing(rest));
    rest = '';
  };
}

function lastDrawing(line: string): string {
  const clean = line.endsWith('\r') ? line.slice(0, -1) : line;
  return clean.slice(clean.lastIndexOf('\r') + 1).slice(0, maxLineChars);
}
