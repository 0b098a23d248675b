import { startInstallation } from './harness/installation.ts';
import type { Row } from './harness/measurement.ts';
import { localCluster, podsOfSample } from './harness/pods.ts';
import { processCpu } from './harness/process-cpu.ts';

export const name = 'fifty-pods';
export const reach = 'all ready ≤ 8 s; no process left ≤ 5 s';

const replicas = 50;
const probeSeconds = 1;
const mostReadyMs = 8_000;
const mostGoneMs = 5_000;

/** A Deployment of fifty pods of the Node example, each a `node` process behind an HTTP readiness probe, and its deletion. */
export const run = async (): Promise<Row> => {
  await using installation = await startInstallation();
  using client = await localCluster(installation);
  const pods = await podsOfSample(installation, client);
  const pid = (await installation.processes()).find((one) => one.name === 'local-cluster')?.pid ?? 0;
  const before = processCpu(pid);
  const readyMs = await pods.create(replicas, probeSeconds);
  const used = (processCpu(pid) - before) / 1e6;
  const goneMs = await pods.remove();
  const figure = `${(readyMs / 1_000).toFixed(1)} s; ${(goneMs / 1_000).toFixed(1)} s`;
  return {
    ours: figure,
    figure,
    isReached: readyMs <= mostReadyMs && goneMs <= mostGoneMs,
    note: `${replicas} processes of Node, their image on the machine, probed each second; the local cluster used ${used.toFixed(1)} s of CPU until all were ready`,
  };
};
