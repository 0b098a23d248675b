import { spawn } from 'node:child_process';
import { unavailable } from '@fairway/resources/model';

export interface GitResult {
  code: number;
  stdout: string;
  stderr: string;
}

// Refs of a repository with tens of thousands of branches fit; more is cut by the caller's own limit on the command.
const maxOutputBytes = 8 * 1024 * 1024;

/** Git's own variables would let a caller's environment redirect a command to another repository. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '/usr/bin:/bin', HOME = '/', TMPDIR } = process.env;
  return {
    PATH,
    HOME,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    ...extra,
  };
}

/** Runs one git command with an argument list and a bounded output. A non-zero exit is an answer, not an error. */
export function runGit(args: readonly string[], options: { cwd?: string; signal: AbortSignal }): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      cwd: options.cwd,
      signal: options.signal,
      env: gitEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        if (output[name].length > maxOutputBytes) child.kill('SIGKILL');
      });
    child.once('error', (cause) => reject(unavailable(`git could not be run: ${cause.message}`, cause)));
    child.once('close', (code) => resolve({ code: code ?? -1, ...output }));
  });
}
