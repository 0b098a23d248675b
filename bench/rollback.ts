import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from './harness/ask.ts';
import { askApplication, environmentOf, freePorts, type Installation, startInstallation } from './harness/installation.ts';
import type { Row } from './harness/measurement.ts';
import { median } from './harness/statistics.ts';

export const name = 'rollback';
export const reach = '≤ 3 s, and ≤ 1 s beyond the start of the application';

const mostMs = 3_000;
const mostBeyondMs = 1_000;
const rounds = 3;
const deadlineMs = 30_000;
const lookMs = 5;
const component = 'sample';
const host = `${component}.development.localhost`;

const until = async (what: string, isTrue: () => Promise<boolean>): Promise<void> => {
  const end = performance.now() + deadlineMs;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await pause(lookMs);
  }
};

/** From spawn to the first answer, of the application alone: what no platform can take away. */
const ownStart = async (folder: string): Promise<number> => {
  const { plain: port } = await freePorts();
  const startedAt = performance.now();
  const child = spawn('node', ['server.js'], {
    cwd: folder,
    env: { ...environmentOf(folder), PORT: String(port), HOST: '127.0.0.1' },
    stdio: 'ignore',
  });
  try {
    await until('the application alone answers', () =>
      ask(port, { method: 'GET', path: '/' }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    return performance.now() - startedAt;
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
};

const deploy = async (installation: Installation, folder: string, version: string): Promise<void> => {
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: component, version, type: 'module', scripts: { start: 'node server.js' } }),
  );
  await installation.fairway(['deploy', folder, '--name', component]);
};

/** Time from the command to the first answer of the older release, the command's own start included. */
const rollBack = async (installation: Installation, version: string): Promise<number> => {
  const startedAt = performance.now();
  const command = installation.fairway(['rollback', component, '-e', 'development']);
  command.catch(() => {});
  await until(`${version} answers again`, async () => (await askApplication(installation.ports.gateway, host)).body.includes(version));
  const tookMs = performance.now() - startedAt;
  await command;
  return tookMs;
};

/** Two releases of the Node example, bound again in turns. */
export const run = async (): Promise<Row> => {
  await using installation = await startInstallation();
  const folder = await installation.application('node-hello', component);
  await deploy(installation, folder, '1.0.1');
  await deploy(installation, folder, '1.0.2');
  const took: number[] = [];
  const own: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    took.push(await rollBack(installation, round % 2 === 0 ? '1.0.1' : '1.0.2'));
    own.push(await ownStart(folder));
  }
  const [tookMs, ownMs] = [median(took), median(own)];
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
  return {
    ours: seconds(tookMs),
    peer: `${seconds(ownMs)} (application alone)`,
    figure: `${seconds(tookMs)}, ${seconds(tookMs - ownMs)} beyond`,
    isReached: tookMs <= mostMs && tookMs - ownMs <= mostBeyondMs,
    note: `${rounds} rollbacks from the command's start, ${took.map(seconds).join(', ')}`,
  };
};
