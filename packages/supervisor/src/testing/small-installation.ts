import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Ports } from '../choose-ports.ts';
import { isAlive, type ProcessIdentity, signalProcess } from '../process-identity.ts';
import type { ProgramName } from '../programs.ts';
import { type InstallationStatus, readStatus } from '../read-status.ts';
import { type StateFiles, stateFiles } from '../state-folder.ts';

/** Real processes in the place of the three programs: each keeps its port and ends by the signal that the real one ends by. */
export const smallProgram = `
import { createServer } from 'node:net';
import { writeFileSync } from 'node:fs';

const value = (name) => process.argv[process.argv.indexOf(name) + 1];
for (const signal of ['SIGUSR2', 'SIGTERM'])
  process.on(signal, () => process.stdout.write('ended by ' + signal, () => process.exit(0)));
const server = createServer((socket) => socket.end('here', () => process.stdout.write('asked\\n'))).on('error', () => process.exit(75));
server.listen(Number(value('--port')), '127.0.0.1', () => process.stdout.write('ready\\n'));
`;

export interface SmallInstallation {
  files: StateFiles;
  checkout: string;
  ports: Ports;
  /** Replaces what one of the programs does. */
  setProgram(name: ProgramName, source: string): void;
  /** The status, once it is so. */
  until(isSo: (status: InstallationStatus) => boolean): Promise<InstallationStatus>;
  log(name: string): string;
}

const waitMs = 10_000;

export async function makeSmallInstallation(test: TestContext): Promise<SmallInstallation> {
  const root = mkdtempSync(join(tmpdir(), 'fairway-supervisor-'));
  const checkout = join(root, 'checkout');
  const files = stateFiles(join(root, 'home'));
  const setProgram = (name: ProgramName, source: string): void => {
    const main = join(checkout, 'packages', name, 'src', ...(name === 'control-plane' ? ['app'] : []), 'main.ts');
    mkdirSync(dirname(main), { recursive: true });
    writeFileSync(main, source);
  };
  for (const name of ['local-cluster', 'gateway', 'control-plane'] as const) setProgram(name, smallProgram);
  test.after(async () => {
    const status = await readStatus(files);
    const processes = [status?.supervisor, ...(status?.programs ?? []).map((known) => known.process)];
    for (const process of processes) if (process !== undefined && process.pid !== globalThis.process.pid) signalProcess(process, 'SIGKILL');
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });
  const [plain, tls, gateway, cluster] = await freePorts(4);
  return {
    files,
    checkout,
    ports: { plain: plain ?? 0, tls: tls ?? 0, gateway: gateway ?? 0, cluster: cluster ?? 0 },
    setProgram,
    log: (name) => readFileSync(join(files.logs, `${name}.log`), 'utf8'),
    until: async (isSo) => {
      let last: InstallationStatus | undefined;
      for (const deadline = Date.now() + waitMs; Date.now() < deadline; await delay(20)) {
        last = await readStatus(files);
        if (last !== undefined && isSo(last)) return last;
      }
      throw new Error(`it did not come to be so: ${JSON.stringify(last)}`);
    },
  };
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, () => holdPort(0)));
  const ports = held.map(({ port }) => port);
  for (const { release } of held) await release();
  return ports;
}

export function holdPort(port: number): Promise<{ port: number; release(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const release = () => new Promise<void>((done) => server.close(() => done()));
      resolve({ port: typeof address === 'object' && address !== null ? address.port : 0, release });
    });
  });
}

export async function untilGone(process: ProcessIdentity): Promise<void> {
  for (const deadline = Date.now() + waitMs; isAlive(process); await delay(20))
    if (Date.now() > deadline) throw new Error(`process ${process.pid} still runs`);
}
