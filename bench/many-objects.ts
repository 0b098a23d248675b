import { setTimeout as pause } from 'node:timers/promises';
import { requestText } from './harness/ask.ts';
import { type ClusterClient, clusterClient } from './harness/cluster-server.ts';
import { type ControlPlaneProcess, makeLocalClusterHome } from './harness/control-plane.ts';
import { startLoadDriver } from './harness/drive-load.ts';
import { configMap, configMapsPath } from './harness/measure-kubernetes.ts';
import type { Row } from './harness/measurement.ts';
import { memoryOf } from './harness/process-memory.ts';
import { median } from './harness/statistics.ts';

export const name = 'many-objects';
export const reach = '100 hits by label of 100,000 ≤ 100 ms; start ≤ 3 s; ≤ 400 MB';

const objects = 100_000;
const objectBytes = 2_048;
const connections = 16;
const sliceMs = 1_000;
const mostSlices = 300;
const picks = 10;
const hits = 100;
const pageSize = 500;
const mostMs = 100;
const mostStartMs = 3_000;
const mostBytes = 400 * 2 ** 20;

/** As long, with labels and managed fields, as the reach says. */
const largeMap = (name: string, labels: Record<string, string> = {}) => {
  const map = configMap(name);
  // What the server adds: identity, times and who owns which field.
  const added = 500;
  const left = objectBytes - added - JSON.stringify(map).length;
  return {
    ...map,
    metadata: { ...map.metadata, labels: { ...map.metadata.labels, ...labels } },
    data: { ...map.data, TEXT: 'x'.repeat(left) },
  };
};

/** Creates objects through the API as fast as they are answered; answers how many there are. */
const fill = async (server: ControlPlaneProcess, { token, ca }: { token: string; ca: string }): Promise<number> => {
  await using driver = startLoadDriver();
  const request = requestText({ method: 'POST', path: configMapsPath, token, body: JSON.stringify(largeMap('made-{id}')) });
  let made = 0;
  for (let slice = 0; slice < mostSlices && made < objects - picks * hits; slice += 1) {
    const load = { port: server.port, ca, connections, forMs: sliceMs, firstId: made, request };
    const { answered, failed, firstFailure } = await driver.drive(load);
    if (failed > 0) throw new Error(`${failed} objects could not be made: ${firstFailure}`);
    made += answered;
  }
  return made;
};

const fillPicks = async (client: ClusterClient): Promise<void> => {
  for (let pick = 0; pick < picks; pick += 1) {
    const names = Array.from({ length: hits }, (_, index) => `pick-${pick}-${index}`);
    await Promise.all(names.map((name) => client.must('POST', configMapsPath, largeMap(name, { pick: String(pick) }))));
  }
};

/** Times of lists that are asked for the first time, each with all its hits. */
const listPicks = async (client: ClusterClient): Promise<number[]> => {
  const times: number[] = [];
  for (let pick = 0; pick < picks; pick += 1) {
    const startedAt = performance.now();
    const { items } = await client.must<{ items: unknown[] }>('GET', `${configMapsPath}?labelSelector=pick%3D${pick}`);
    times.push(performance.now() - startedAt);
    if (items.length !== hits) throw new Error(`${items.length} objects have the label ${pick}, and ${hits} were made`);
  }
  return times;
};

/** All objects by pages, as kubectl reads them; answers how many there are and how large one is. */
const listAll = async (client: ClusterClient): Promise<{ count: number; bytes: number }> => {
  let count = 0;
  let bytes = 0;
  let place = '';
  do {
    const answer = await client.ask(
      'GET',
      `${configMapsPath}?limit=${pageSize}${place === '' ? '' : `&continue=${encodeURIComponent(place)}`}`,
    );
    const page = JSON.parse(answer.body) as { items: unknown[]; metadata: { continue?: string } };
    count += page.items.length;
    bytes += answer.body.length;
    place = page.metadata.continue ?? '';
  } while (place !== '' && count < 2 * objects);
  return { count, bytes: bytes / count };
};

/** Fills a local cluster, reads it by label, starts it again, and reads it again. */
export const run = async (): Promise<Row> => {
  await using home = await makeLocalClusterHome();
  const first = await home.start();
  using client = clusterClient({ ...first, ...home });
  await client.must('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } });
  const filledAt = performance.now();
  await fill(first, home);
  await fillPicks(client);
  const filledMs = performance.now() - filledAt;
  const times = await listPicks(client);
  const filled = memoryOf([first.pid]).proportional;
  await first.kill();

  const startedAt = performance.now();
  const again = await home.start();
  const startMs = performance.now() - startedAt;
  using another = clusterClient({ ...again, ...home });
  times.push(...(await listPicks(another)));
  const { count, bytes } = await listAll(another);
  await pause(1_000);
  const read = memoryOf([again.pid]).proportional;

  const worst = Math.max(...times);
  const memory = Math.max(filled, read);
  const megabytes = (value: number): number => Math.round(value / 2 ** 20);
  const figure = `${Math.round(worst)} ms; ${(startMs / 1_000).toFixed(1)} s; ${megabytes(memory)} MB`;
  return {
    ours: `${figure} (${count.toLocaleString('en')} objects)`,
    figure,
    isReached: count >= objects && worst <= mostMs && startMs <= mostStartMs && memory <= mostBytes,
    note: [
      `objects of ${Math.round(bytes)} bytes, made through the API over ${connections} connections in ${Math.round(filledMs / 1_000)} s`,
      `worst of ${times.length} first lists of ${hits} hits, before and after a crash (median ${Math.round(median(times))} ms)`,
      `PSS ${megabytes(filled)} MB after the fill, ${megabytes(read)} MB after the start and a list of all by pages of ${pageSize}`,
    ].join('; '),
  };
};
