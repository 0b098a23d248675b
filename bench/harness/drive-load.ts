import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Load, LoadResult } from './load-generator.ts';

export interface LoadDriver extends AsyncDisposable {
  drive(load: Load): Promise<LoadResult>;
}

/** Starts the process that asks; one load runs at a time. */
export const startLoadDriver = (): LoadDriver => {
  const child = fork(new URL('./load-generator.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    drive: async (load) => {
      const answer = once(child, 'message', { signal: AbortSignal.timeout(load.forMs + 20_000) });
      child.send(load);
      const [result] = (await answer) as [LoadResult];
      return result;
    },
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
};
