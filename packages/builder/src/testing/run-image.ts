import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { PushedImage } from './workbench.ts';

export interface RunningImage {
  url: string;
  output: () => string;
  /** Sends SIGTERM; answers the exit code, or the signal that ended it. */
  stop(): Promise<number | string>;
  exited: Promise<number | string>;
}

/** Runs an unpacked image as the process runtime does: working directory, mapped environment, an allotted port. */
export async function runImage(image: PushedImage, app: string, env: Readonly<Record<string, string>> = {}): Promise<RunningImage> {
  const port = await freePort();
  const mapped = image.config.Env.map((line) => {
    const [name = '', value = ''] = line.split(/=(.*)/s);
    const parts = value.split(':').map((part) => (part === '/app' || part.startsWith('/app/') ? `${app}${part.slice(4)}` : part));
    return [name, parts.join(':')];
  });
  const [file = '', ...args] = image.config.Cmd;
  const child = spawn(file, args, {
    cwd: app,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: app, ...Object.fromEntries(mapped), PORT: String(port), HOST: '127.0.0.1', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal ?? ''));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    exited,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), 10_000);
      const end = await exited;
      clearTimeout(timer);
      return end;
    },
  };
}

/** Asks until the application listens, at most 20 s. */
export async function ask(running: RunningImage, path: string, init: RequestInit = {}): Promise<Response> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      return await fetch(new URL(path, running.url), {
        ...init,
        redirect: 'manual',
        headers: { connection: 'close', ...(init.headers as Record<string, string>) },
      });
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`no answer; the application printed: ${running.output()}`, { cause: error });
      await delay(20);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
