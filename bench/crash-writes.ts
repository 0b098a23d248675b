import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, requestText } from './harness/ask.ts';
import { makeControlPlaneHome } from './harness/control-plane.ts';
import { startLoadDriver } from './harness/drive-load.ts';
import type { Row } from './harness/measurement.ts';
import { groupsPath, sampleGroup } from './harness/sample-object.ts';

export const name = 'crash-writes';
export const reach = '0 acknowledged writes lost';

const kills = 10;
const writers = 32;
// Far longer than any round: the kill ends the load.
const forMs = 10_000;

type List = { items: { metadata: { name: string } }[]; metadata: { continue?: string } };

const storedNames = async (port: number, token: string): Promise<Set<string>> => {
  const names = new Set<string>();
  let next = '';
  do {
    const { status, body } = await ask(port, { method: 'GET', path: `${groupsPath}?limit=5000${next}`, token });
    if (status !== 200) throw new Error(`the objects could not be listed: ${body}`);
    const { items, metadata } = JSON.parse(body) as List;
    for (const { metadata } of items) names.add(metadata.name);
    next = metadata.continue === undefined ? '' : `&continue=${encodeURIComponent(metadata.continue)}`;
  } while (next !== '');
  return names;
};

/** Kills the control plane ten times under 32 writers, and looks after each start for all that was ever acknowledged. */
export const run = async (): Promise<Row> => {
  await using home = await makeControlPlaneHome();
  await using driver = startLoadDriver();
  const { token } = home;
  const acknowledged: string[] = [];
  const request = requestText({ method: 'POST', path: groupsPath, token, body: JSON.stringify(sampleGroup('sample-{id}')) });
  let lost = 0;
  let controlPlane = await home.start();
  for (let round = 0; round < kills; round += 1) {
    const load = driver.drive({
      port: controlPlane.port,
      connections: writers,
      forMs,
      request,
      firstId: round * 1_000_000,
      acknowledge: true,
    });
    await pause(100 + randomInt(300));
    await controlPlane.kill();
    acknowledged.push(...(await load).acknowledged.map((id) => `sample-${id}`));
    controlPlane = await home.start();
    const stored = await storedNames(controlPlane.port, token);
    lost += acknowledged.filter((object) => !stored.has(object)).length;
  }
  const isReached = lost === 0 && acknowledged.length > kills * writers;
  return {
    ours: `${acknowledged.length} acknowledged`,
    figure: `${lost} lost`,
    isReached,
    note: `${kills} × kill -9 under ${writers} writers, counted after each start`,
  };
};
