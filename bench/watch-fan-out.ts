import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { startKubernetes } from '../tools/kubernetes/start-kubernetes.ts';
import { requestText } from './harness/ask.ts';
import { type ClusterServer, clusterClient } from './harness/cluster-server.ts';
import { makeLocalClusterHome } from './harness/control-plane.ts';
import { configMap, configMapsPath } from './harness/measure-kubernetes.ts';
import type { Row } from './harness/measurement.ts';
import { processCpu } from './harness/process-cpu.ts';
import { memoryOf } from './harness/process-memory.ts';
import type { Watched, Watching } from './harness/watchers.ts';

export const name = 'watch-fan-out';
export const reach = 'every event to each watcher, p99 ≤ 250 ms, ≤ 300 MB';

const watchers = 1_000;
const changes = 1_000;
const mostMs = 250;
const mostBytes = 300 * 2 ** 20;
// A burst would measure how long the machine takes for a million messages, not how soon a watcher hears of a change.
const everyMs = 50;
const openDeadlineMs = 120_000;
const restDeadlineMs = 60_000;

interface Result extends Watched {
  peakBytes: number;
  cpuSeconds: number;
  elapsedMs: number;
}

/** Some changes at a steady pace, each of which tells when it was sent; answers the peak of the server's memory. */
const change = async (server: ClusterServer & { pid: number }): Promise<number> => {
  using client = clusterClient(server);
  let peak = 0;
  const startedAt = performance.now();
  for (let number = 0; number < changes; number += 1) {
    await pause(Math.max(0, startedAt + number * everyMs - performance.now()));
    const sent = process.hrtime.bigint().toString().padStart(20, '0');
    await client.must('PATCH', `${configMapsPath}/sample`, { data: { SENT: sent } });
    if (number % 20 === 0) peak = Math.max(peak, memoryOf([server.pid]).proportional);
  }
  return Math.max(peak, memoryOf([server.pid]).proportional);
};

const measure = async (server: ClusterServer & { pid: number }): Promise<Result> => {
  using client = clusterClient(server);
  await client.must('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } });
  const made = await client.must<{ metadata: { resourceVersion: string } }>('POST', configMapsPath, configMap('sample'));
  const child = fork(new URL('./harness/watchers.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  const hear = async <T>(say: Watching | 'count' | 'report', withinMs: number): Promise<T> => {
    const answer = once(child, 'message', { signal: AbortSignal.timeout(withinMs) });
    child.send(say);
    return ((await answer) as [T])[0];
  };
  try {
    const path = `${configMapsPath}?watch=1&resourceVersion=${made.metadata.resourceVersion}&timeoutSeconds=600`;
    const request = requestText({ method: 'GET', path, token: server.token });
    const opened = await hear<{ error?: string }>({ port: server.port, ca: server.ca, request, watchers }, openDeadlineMs);
    if (opened.error !== undefined) throw new Error(opened.error);
    const cpu = processCpu(server.pid);
    const startedAt = performance.now();
    const peakBytes = await change(server);
    const until = performance.now() + restDeadlineMs;
    while ((await hear<{ received: number }>('count', restDeadlineMs)).received < watchers * changes && performance.now() < until)
      await pause(200);
    const elapsedMs = performance.now() - startedAt;
    const cpuSeconds = (processCpu(server.pid) - cpu) / 1e6;
    return { ...(await hear<Watched>('report', restDeadlineMs)), peakBytes, cpuSeconds, elapsedMs };
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
};

const shown = ({ received, p50Ms, p99Ms, worstMs, peakBytes, cpuSeconds }: Result): string =>
  [
    `${received.toLocaleString('en')} of ${(watchers * changes).toLocaleString('en')} events`,
    `p50 ${Math.round(p50Ms)} ms, p99 ${Math.round(p99Ms)} ms, worst ${Math.round(worstMs)} ms`,
    `${Math.round(peakBytes / 2 ** 20)} MB`,
    `${Math.round(cpuSeconds)} CPU-s`,
  ].join(', ');

/** A thousand watchers of one namespace's ConfigMaps over TLS, a connection each, hear of a thousand changes of one of them. */
export const run = async (): Promise<Row> => {
  const ours = await (async () => {
    await using home = await makeLocalClusterHome();
    return await measure({ ...(await home.start()), token: home.token, ca: home.ca });
  })();
  const peer = await (async () => {
    await using real = await startKubernetes();
    return await measure({ port: Number(new URL(real.url).port), token: real.token, ca: real.ca, pid: real.pids['kube-apiserver'] ?? 0 });
  })();
  const isWhole = ours.fewest === changes && ours.received === watchers * changes && ours.disordered === 0 && ours.ended === 0;
  return {
    ours: shown(ours),
    peer: shown(peer),
    figure: `p99 ${Math.round(ours.p99Ms)} ms, ${Math.round(ours.peakBytes / 2 ** 20)} MB${isWhole ? '' : ', not every event'}`,
    isReached: isWhole && ours.p99Ms <= mostMs && ours.peakBytes <= mostBytes,
    note: [
      `from the sending of a write to the watcher; a write every ${everyMs} ms`,
      `${(ours.elapsedMs / 1_000).toFixed(1)} and ${(peer.elapsedMs / 1_000).toFixed(1)} s`,
      'memory and CPU of the server alone, without etcd; asked from the same machine',
    ].join('; '),
  };
};
