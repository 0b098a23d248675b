import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, requestText } from './harness/ask.ts';
import { compare, shown } from './harness/compare.ts';
import { makeControlPlaneHome } from './harness/control-plane.ts';
import { startLoadDriver } from './harness/drive-load.ts';
import type { Row } from './harness/measurement.ts';
import { startPeer } from './harness/peer.ts';
import { groupsPath, sampleGroup } from './harness/sample-object.ts';
import { percent } from './harness/statistics.ts';
import type { BareWrites } from './peers/bare-writer.ts';

export const name = 'durable-commits';
export const reach = '≥ 60 % of bare node:http + node:sqlite writing the same rows in the same kind of group';

const leastRatio = 0.6;
const clients = 32;
const perObject = /^(date|connection|keep-alive|content-length)$/i;

/** A stored text with the words in it that each object has for itself taken out. */
const templateOf = (text: string): string => {
  const { metadata } = JSON.parse(text) as { metadata: { name: string; uid: string; resourceVersion: string } };
  return text
    .replaceAll(`"${metadata.name}"`, '"{name}"')
    .replaceAll(metadata.uid, '{uid}')
    .replace(`"resourceVersion":"${metadata.resourceVersion}"`, '"resourceVersion":"{version}"');
};

/** POST of resources by 32 clients through /k8s/control: each audited, and durable before it is answered. */
export const run = async (): Promise<Row> => {
  await using home = await makeControlPlaneHome();
  await using driver = startLoadDriver();
  const { token } = home;
  const controlPlane = await home.start();
  const sample = await ask(controlPlane.port, { method: 'POST', path: groupsPath, token, body: sampleGroup('sample') });
  if (sample.status !== 201) throw new Error(`the sample could not be made: ${sample.body}`);
  const folder = await mkdtemp(join(tmpdir(), 'fairway-bench-'));
  try {
    const headers = sample.rawHeaders.filter((_, index) => !perObject.test(sample.rawHeaders[index & ~1] ?? ''));
    const writes: BareWrites = { file: join(folder, 'bare.db'), document: templateOf(sample.body), headers };
    await using peer = await startPeer('bare-writer', writes);
    const request = requestText({ method: 'POST', path: groupsPath, token, body: JSON.stringify(sampleGroup('sample-{id}')) });
    const found = await compare(driver, { ours: { ...controlPlane, request }, peer: { ...peer, request }, connections: clients });
    return {
      ours: shown(found.ours),
      peer: shown(found.peer),
      figure: percent(found.ratio),
      isReached: found.ratio >= leastRatio,
      note: `objects of ${sample.body.length} bytes, ${found.note}`,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
