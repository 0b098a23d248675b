import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from './loopback.ts';

export interface GatewayProcess {
  port: number;
  adminPort: number;
  lines: Record<string, unknown>[];
  /** Sends SIGTERM and answers the exit code. */
  stop(): Promise<number | null>;
}

/** Starts `main.ts` as a process and reads its log. */
export function spawnGateway(t: TestContext, args: readonly string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'main.ts'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) lines.push(JSON.parse(line) as Record<string, unknown>);
  });
  return { child, exited, lines };
}

export async function startGatewayProcess(t: TestContext, args: readonly string[]): Promise<GatewayProcess> {
  const { child, exited, lines } = spawnGateway(t, args);
  const ready = () => lines.find((line) => line.msg === 'ready');
  await until(() => ready() !== undefined, 'the gateway is ready');
  return {
    port: Number(ready()?.port),
    adminPort: Number(ready()?.adminPort),
    lines,
    stop: async () => {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
  };
}
