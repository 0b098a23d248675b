import { spawn } from 'node:child_process';
import { CommandError } from '../exit-codes.ts';

export interface GitCall {
  cwd: string;
  env?: Readonly<Record<string, string>>;
  signal: AbortSignal;
  /** What git reads from stdin. */
  input?: string;
  /** Lines of stderr as they come (progress, `remote:` lines). */
  onLine?: (line: string) => void;
}

export interface GitResult {
  code: number;
  stdout: string;
  stderr: string;
}

// Names of a million files fit; more is cut off and told as an error.
const maxOutputBytes = 256 * 1024 * 1024;
const maxErrorChars = 1_000;

// Set inside a hook or an alias of git, they would lead our calls into the user's repository and index.
const ofOtherRepositories = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_QUARANTINE_PATH',
  'GIT_CONFIG',
  'GIT_CONFIG_PARAMETERS',
  'GIT_CONFIG_COUNT',
  'GIT_SHALLOW_FILE',
  'GIT_GRAFT_FILE',
];

/** Runs git with an argument list; another end than 0 is an error that repeats what git said. */
export async function runGit(args: readonly string[], call: GitCall): Promise<string> {
  const { code, stdout, stderr } = await tryGit(args, call);
  if (code !== 0)
    throw new CommandError({
      message: `git ${args.find((arg) => !arg.startsWith('-')) ?? ''} failed: ${stderr.trim().slice(-maxErrorChars) || `exit code ${code}`}`,
    });
  return stdout.trim();
}

export function tryGit(args: readonly string[], call: GitCall): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      cwd: call.cwd,
      env: { ...ownEnvironment(), ...call.env },
      signal: call.signal,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // A git that ended early says so by its exit code.
    child.stdin.on('error', () => {});
    child.stdin.end(call.input ?? '');
    const stdout: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxOutputBytes) stdout.push(chunk);
      else child.kill();
    });
    const stderr = readProgress(child.stderr, call.onLine);
    child.once('error', (cause: NodeJS.ErrnoException) => reject(notStarted(cause)));
    child.once('close', (code) => resolve({ code: code ?? -1, stdout: Buffer.concat(stdout).toString('utf8'), stderr: stderr() }));
  });
}

function ownEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ofOtherRepositories) delete env[name];
  // Untranslated messages, no questions, and no refreshing of the user's index by a mere look.
  return { ...env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' };
}

function readProgress(stream: NodeJS.ReadableStream, onLine: ((line: string) => void) | undefined): () => string {
  let all = '';
  let rest = '';
  stream.setEncoding('utf8').on('data', (chunk: string | Buffer) => {
    if (all.length < maxOutputBytes) all += String(chunk);
    rest += String(chunk);
    const lines = rest.split(/[\r\n]/);
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') onLine?.(line);
  });
  return () => all;
}

function notStarted(cause: NodeJS.ErrnoException): Error {
  if (cause.code !== 'ENOENT') return cause;
  return new CommandError({ message: 'git is not installed', hint: 'install git and run this again', cause });
}
