import { spawn } from 'node:child_process';

export interface CommandPlan {
  command: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
}

const maxOutputBytes = 10 * 1024;

/** Runs a command in a group of its own and kills the whole group at its deadline. Answers its code and the begin of its output. */
export const runCommand = ({ command, cwd, env, timeoutMs }: CommandPlan): Promise<{ code: number; output: string }> =>
  new Promise((resolve, reject) => {
    const [file = '', ...args] = command;
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const pieces: Buffer[] = [];
    let bytes = 0;
    const collect = (piece: Buffer): void => {
      if (bytes < maxOutputBytes) pieces.push(piece.subarray(0, maxOutputBytes - bytes));
      bytes += piece.length;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const killGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Gone meanwhile.
      }
    };
    const timer = setTimeout(() => {
      killGroup();
      reject(new Error(`the command did not end within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    // `exit`, not `close`: a child of the command that keeps the pipes open must not hold us.
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      setImmediate(() => {
        killGroup();
        child.stdout.destroy();
        child.stderr.destroy();
        resolve({ code: code ?? (signal === null ? 1 : 137), output: Buffer.concat(pieces).toString('utf8').trim() });
      });
    });
  });
