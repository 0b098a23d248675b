import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundlePrograms, prepareInstallation, programs, stateFiles } from '@fairway/supervisor';
import { spawnProgram } from './spawn-program.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const startDeadlineMs = 30_000;
// Any free port for us; no cluster and no gateway (port 1 is never taken): what is measured is the control plane.
const ports = { plain: 0, tls: 0, gateway: 1, cluster: 1 };

export interface ControlPlaneProcess {
  pid: number;
  port: number;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** A state folder of its own, as `fairway up` makes it, and the real control plane in it. Removed with all that runs. */
export interface ControlPlaneHome extends AsyncDisposable {
  token: string;
  start(): Promise<ControlPlaneProcess>;
}

/** The port that the newest start told in the log; undefined until then. */
const portIn = (text: string): number | undefined => {
  for (const line of text.split('\n').slice(0, -1)) {
    // A process that cannot start says so in other words than its log's.
    if (!line.startsWith('{')) continue;
    const entry = JSON.parse(line) as { msg: string; plain?: number };
    if (entry.msg === 'ready') return entry.plain;
  }
  return undefined;
};

/** `nodeFlags`: further ones, for example `--cpu-prof`. */
export const makeControlPlaneHome = async (nodeFlags: readonly string[] = []): Promise<ControlPlaneHome> => {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-bench-'));
  const files = stateFiles(folder);
  await prepareInstallation(files, ports);
  await bundlePrograms({ checkout, node: process.execPath });
  const program = programs({ files, ports, checkout, node: process.execPath, env: process.env }).find(
    ({ name }) => name === 'control-plane',
  );
  if (program === undefined) throw new Error('the supervisor knows no control plane');
  const running = new Set<ControlPlaneProcess>();
  const start = async (): Promise<ControlPlaneProcess> => {
    const from = (await stat(program.log).catch(() => ({ size: 0 }))).size;
    const child = await spawnProgram(program, { nodeFlags });
    const exited = once(child, 'exit');
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await exited;
    };
    const until = performance.now() + startDeadlineMs;
    for (;;) {
      const port = portIn((await readFile(program.log)).subarray(from).toString('utf8'));
      if (port !== undefined) {
        const started: ControlPlaneProcess = { pid: child.pid ?? 0, port, kill: () => kill().then(() => void running.delete(started)) };
        running.add(started);
        return started;
      }
      if (performance.now() > until || child.exitCode !== null) {
        await kill();
        throw new Error(`the control plane did not start: ${(await readFile(program.log, 'utf8')).slice(-2_000)}`);
      }
      await pause(50);
    }
  };
  return {
    token: (await readFile(files.adminToken, 'utf8')).trim(),
    start,
    [Symbol.asyncDispose]: async () => {
      for (const one of running) await one.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
