import { setTimeout as pause } from 'node:timers/promises';
import { bindAll, buildSample, makeComponents } from './harness/applications.ts';
import { ask } from './harness/ask.ts';
import { type Installation, startInstallation } from './harness/installation.ts';
import type { Row } from './harness/measurement.ts';
import { processCpu } from './harness/process-cpu.ts';
import { type Memory, memoryOf, shellsOf } from './harness/process-memory.ts';
import { groupsPath, sampleGroup } from './harness/sample-object.ts';

export const name = 'memory';
export const reach = 'PSS ≤ 200 MB idle and with 20 applications, < 2 % of a core';

const most = 200 * 2 ** 20;
const mostIdle = 0.02;
const writes = 1_000;
const writers = 8;
const idleWindowMs = 30_000;
const withinMs = 60_000;
const names = Array.from({ length: 20 }, (_, index) => `app-${index}`);
/** The rule says ten minutes before each look; fewer are told in the row. */
const minutes = Number(process.env.FAIRWAY_BENCH_MINUTES ?? 10);

const write = async ({ ports, token }: Installation, prefix: string): Promise<void> => {
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < writes) {
      next += 1;
      const { status, body } = await ask(ports.plain, { method: 'POST', path: groupsPath, token, body: sampleGroup(`${prefix}-${next}`) });
      if (status !== 201) throw new Error(`a write failed: ${body}`);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
};

/** CPU of all our processes in a quiet time, as a share of one core. */
const idleShare = async (pids: readonly number[]): Promise<number> => {
  const used = (): number => pids.reduce((sum, pid) => sum + processCpu(pid), 0);
  const before = used();
  await pause(idleWindowMs);
  return (used() - before) / 1_000 / idleWindowMs;
};

const inMegabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;
const shown = (what: string, { total, own }: Memory): string =>
  `${what} own pages ${own.map((bytes) => Math.round(bytes / 2 ** 20)).join(' + ')}, with files whole ${inMegabytes(total)}`;

/**
 * Proportional set size of supervisor, local cluster, gateway, control plane and shells: without an application, and with twenty on the machine's own
 * Node. They run on a Node of their own, as on a machine where nothing is measured: this process would take a share of theirs.
 */
export const run = async (): Promise<Row> => {
  await using installation = await startInstallation({ ownNode: true });
  const pids = async (): Promise<number[]> => (await installation.processes()).map(({ pid }) => pid);
  await write(installation, 'idle');
  await pause(minutes * 60_000);
  const ours = await pids();
  const idle = memoryOf(ours);
  const share = await idleShare(ours);

  const image = await buildSample(installation);
  await makeComponents(installation, names);
  await bindAll(installation, { names, image, withinMs });
  await write(installation, 'busy');
  await pause(minutes * 60_000);
  const shells = shellsOf(installation.folder);
  const busy = memoryOf([...(await pids()), ...shells]);
  const busyShare = await idleShare(await pids());
  const text = (value: number): string => `${(value * 100).toFixed(1)} %`;
  return {
    ours: `${inMegabytes(idle.proportional)}, ${text(share)}; with 20: ${inMegabytes(busy.proportional)}, ${text(busyShare)}`,
    figure: `${inMegabytes(Math.max(idle.proportional, busy.proportional))}, ${text(share)}`,
    isReached: idle.proportional <= most && busy.proportional <= most && share < mostIdle,
    note: [
      `after ${minutes} min and ${writes} writes each`,
      shown('idle', idle),
      shown(`with ${names.length} applications (and ${shells.length} shells)`, { ...busy, own: busy.own.slice(0, ours.length) }),
    ].join('; '),
  };
};
