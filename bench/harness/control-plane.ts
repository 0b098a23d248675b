import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundlePrograms, type Program, prepareInstallation, programs, type StateFiles, stateFiles } from '@fairway/supervisor';
import { spawnProgram } from './spawn-program.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const startDeadlineMs = 30_000;
// Any free port for us; no other program of ours (port 1 is never taken): what is measured is one of them.
const ports = { plain: 0, tls: 0, gateway: 1, cluster: 1 };

export interface ControlPlaneProcess {
  pid: number;
  port: number;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** A state folder of its own, as `fairway up` makes it, and one of the real programs in it. Removed with all that runs. */
export interface ControlPlaneHome extends AsyncDisposable {
  token: string;
  /** The certificate to trust (PEM). */
  ca: string;
  start(): Promise<ControlPlaneProcess>;
}

/** The port that the newest start told in the log; undefined until then. */
const portIn = (text: string): number | undefined => {
  for (const line of text.split('\n').slice(0, -1)) {
    // A process that cannot start says so in other words than its log's.
    if (!line.startsWith('{')) continue;
    const entry = JSON.parse(line) as { msg: string; plain?: number; port?: number };
    if (entry.msg === 'ready') return entry.plain ?? entry.port;
  }
  return undefined;
};

const makeHome = async (of: {
  name: Program['name'];
  ports: typeof ports;
  tokenOf: (files: StateFiles) => Promise<string>;
  nodeFlags?: readonly string[];
}): Promise<ControlPlaneHome> => {
  const { name, nodeFlags = [] } = of;
  const folder = await mkdtemp(join(tmpdir(), 'fairway-bench-'));
  const files = stateFiles(folder);
  await prepareInstallation(files, of.ports);
  await bundlePrograms({ checkout, node: process.execPath });
  const program = programs({ files, ports: of.ports, checkout, node: process.execPath, env: process.env }).find((one) => one.name === name);
  if (program === undefined) throw new Error(`the supervisor knows no ${name}`);
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
        throw new Error(`${name} did not start: ${(await readFile(program.log, 'utf8')).slice(-2_000)}`);
      }
      await pause(50);
    }
  };
  return {
    token: await of.tokenOf(files),
    ca: await readFile(files.caCertificate, 'utf8'),
    start,
    [Symbol.asyncDispose]: async () => {
      for (const one of running) await one.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** `nodeFlags`: further ones, for example `--cpu-prof`. */
export const makeControlPlaneHome = (nodeFlags: readonly string[] = []): Promise<ControlPlaneHome> =>
  makeHome({ name: 'control-plane', ports, nodeFlags, tokenOf: async ({ adminToken }) => (await readFile(adminToken, 'utf8')).trim() });

/** The same of the local cluster, whose API speaks TLS alone. */
export const makeLocalClusterHome = (nodeFlags: readonly string[] = []): Promise<ControlPlaneHome> =>
  makeHome({
    name: 'local-cluster',
    ports: { ...ports, plain: 1, cluster: 0 },
    nodeFlags,
    tokenOf: async ({ clusterTokens }) => (JSON.parse(await readFile(clusterTokens, 'utf8')) as { token: string }[])[0]?.token ?? '',
  });
