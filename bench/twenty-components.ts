import { bindAll, buildSample, makeComponents } from './harness/applications.ts';
import { askApplication, startInstallation } from './harness/installation.ts';
import type { Row } from './harness/measurement.ts';
import { processCpu } from './harness/process-cpu.ts';

export const name = 'twenty-components';
export const reach = '≤ 6 s from applying 20 bindings to all ready';

const mostMs = 6_000;
const withinMs = 60_000;
const names = Array.from({ length: 20 }, (_, index) => `app-${index}`);

/** Twenty components of one Node process each, bound at once. */
export const run = async (): Promise<Row> => {
  await using installation = await startInstallation();
  const image = await buildSample(installation);
  await makeComponents(installation, names);
  const ours = await installation.processes();
  const before = ours.map(({ pid }) => processCpu(pid));
  const tookMs = await bindAll(installation, { names, image, withinMs });
  const used = ours.map(({ name, pid }, index) => `${name} ${((processCpu(pid) - (before[index] ?? 0)) / 1_000_000).toFixed(1)} s`);
  const answers = await Promise.all(names.map((app) => askApplication(installation.ports.gateway, `${app}.development.localhost`)));
  const wrong = answers.filter(({ status }) => status !== 200).length;
  return {
    ours: `${(tookMs / 1_000).toFixed(2)} s`,
    figure: `${(tookMs / 1_000).toFixed(2)} s`,
    isReached: tookMs <= mostMs && wrong === 0,
    note: `applied at once, ${20 - wrong} of 20 answer 200; CPU of ${used.join(', ')}`,
  };
};
