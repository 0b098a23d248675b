import { setTimeout as pause } from 'node:timers/promises';
import { startInstallation } from './harness/installation.ts';
import type { Row } from './harness/measurement.ts';
import { localCluster, podsOfSample } from './harness/pods.ts';
import { processCpu } from './harness/process-cpu.ts';

export const name = 'idle-pods';
export const reach = '≤ 2 % of a core with 50 pods';

const replicas = 50;
// What Kubernetes takes where a probe does not say.
const probeSeconds = 10;
const settleMs = 10_000;
const windowMs = 30_000;
const most = 0.02;

/** CPU of the local cluster while fifty pods of the Node example stand ready and nobody asks for anything. */
export const run = async (): Promise<Row> => {
  await using installation = await startInstallation();
  using client = await localCluster(installation);
  const pods = await podsOfSample(installation, client);
  await pods.create(replicas, probeSeconds);
  await pause(settleMs);
  const processes = await installation.processes();
  const used = (): number[] => processes.map(({ pid }) => processCpu(pid));
  const before = used();
  await pause(windowMs);
  const shares = used().map((cpu, index) => (cpu - (before[index] ?? 0)) / 1_000 / windowMs);
  await pods.remove();
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const share = shares[processes.findIndex((one) => one.name === 'local-cluster')] ?? Number.NaN;
  return {
    ours: percent(share),
    figure: percent(share),
    isReached: share <= most,
    note: [
      `${windowMs / 1_000} s, ${settleMs / 1_000} s after all were ready, each probed over HTTP every ${probeSeconds} s`,
      processes.map((one, index) => `${one.name} ${percent(shares[index] ?? 0)}`).join(', '),
    ].join('; '),
  };
};
