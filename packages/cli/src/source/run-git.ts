import { spawn } from 'node:child_process';
import { CommandError } from '../exit-codes.ts';

export interface GitCall {
  cwd: string;
  env?: Readonly<Record<string, string>>;
  signal: AbortSignal;
  /** Lines of stderr as they come (progress, `remote:` lines). */
  onLine?: (line: string) => void;
}

const maxOutputChars = 16 * 1024 * 1024;

/** Runs git with an argument list; another end than 0 is an error that repeats what git said. */
export async function runGit(args: readonly string[], call: GitCall): Promise<string> {
  const { code, stdout, stderr } = await tryGit(args, call);
  if (code !== 0)
    throw new CommandError({
      message: `git ${args.find((arg) => !arg.startsWith('-')) ?? ''} failed: ${stderr.trim().slice(-1_000) || `exit code ${code}`}`,
    });
  return stdout.trim();
}

export function tryGit(args: readonly string[], call: GitCall): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      cwd: call.cwd,
      env: { ...process.env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', ...call.env },
      signal: call.signal,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.stdout.length < maxOutputChars) output.stdout += chunk;
    });
    let rest = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.stderr.length < maxOutputChars) output.stderr += chunk;
      rest += chunk;
      const lines = rest.split(/[\r\n]/);
      rest = lines.pop() ?? '';
      for (const line of lines) call.onLine?.(line);
    });
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'ENOENT'
          ? new CommandError({ message: 'git is not installed', hint: 'install git and run this again', cause })
          : cause,
      ),
    );
    child.once('close', (code) => resolve({ code: code ?? -1, ...output }));
  });
}
