import { ask, requestText } from './ask.ts';
import { compare, shown } from './compare.ts';
import { makeControlPlaneHome } from './control-plane.ts';
import { startLoadDriver } from './drive-load.ts';
import type { Row } from './measurement.ts';
import { startPeer } from './peer.ts';
import { groupsPath, sampleGroup } from './sample-object.ts';
import { percent } from './statistics.ts';

const leastRatio = 0.7;
/** node:http writes these by itself, for both. */
const automatic = /^(date|connection|keep-alive)$/i;

/** Headers of an answer, as it was sent. */
const sentHeaders = (raw: readonly string[]): string[] => raw.filter((_, index) => !automatic.test(raw[index & ~1] ?? ''));

/** Reads `path` from a control plane that holds some objects, against a bare server that gives the very same answer. */
export const measureRead = async ({ objects, path, connections }: { objects: number; path: string; connections: number }): Promise<Row> => {
  await using home = await makeControlPlaneHome();
  await using driver = startLoadDriver();
  const { token } = home;
  const controlPlane = await home.start();
  for (let index = 0; index < objects; index += 1) {
    const made = await ask(controlPlane.port, { method: 'POST', path: groupsPath, token, body: sampleGroup(`sample-${index}`) });
    if (made.status !== 201) throw new Error(`the sample could not be made: ${made.body}`);
  }
  const { status, rawHeaders, body } = await ask(controlPlane.port, { method: 'GET', path, token });
  if (status !== 200) throw new Error(`the sample could not be read: ${body}`);
  await using peer = await startPeer('bare-server', { status, headers: sentHeaders(rawHeaders), body });
  const request = requestText({ method: 'GET', path, token });
  const found = await compare(driver, { ours: { ...controlPlane, request }, peer: { ...peer, request }, connections });
  return {
    ours: shown(found.ours),
    peer: shown(found.peer),
    figure: percent(found.ratio),
    isReached: found.ratio >= leastRatio,
    note: `${Buffer.byteLength(body)} bytes, ${found.note}`,
  };
};
