import { fork } from 'node:child_process';
import { once } from 'node:events';

export interface Peer extends AsyncDisposable {
  pid: number;
  port: number;
}

/** Starts a bare program of `peers/`, gives it what it needs, and waits for its port. */
export const startPeer = async (name: string, given: object): Promise<Peer> => {
  const child = fork(new URL(`../peers/${name}.ts`, import.meta.url), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const told = once(child, 'message', { signal: AbortSignal.timeout(20_000) });
  child.send(given);
  const [port] = (await told) as [number];
  return {
    pid: child.pid ?? 0,
    port,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
};
