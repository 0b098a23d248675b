import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { compare } from './harness/compare.ts';
import { startLoadDriver } from './harness/drive-load.ts';
import { askApplication, type Installation, startInstallation } from './harness/installation.ts';
import type { Row } from './harness/measurement.ts';
import { startPeer } from './harness/peer.ts';
import { type RollingResult, startRollingLoad } from './harness/rolling-load.ts';
import { perSecond } from './harness/statistics.ts';

export const name = 'gateway';
export const reach = '≤ 70 µs of CPU a request; 0 failed requests in 20 rolling updates';

const mostMicros = 70;
const leastPerSecond = 200;
const updates = 20;
const updateDeadlineMs = 60_000;
const component = 'rolling';
const host = `${component}.development.localhost`;
const groups = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/configurationgroups';
const source = join(import.meta.dirname, 'rolling-application');

interface Pods {
  items: { metadata: { namespace: string; annotations?: Record<string, string>; deletionTimestamp?: string } }[];
}

/** The port that the application really listens on. */
const applicationPort = async (installation: Installation): Promise<number> => {
  const { items } = await installation.api<Pods>('GET', '/k8s/clusters/local/api/v1/pods');
  for (const { metadata } of items) {
    const ports = metadata.annotations?.['fairway.dev/ports'];
    const [port] = ports === undefined || metadata.deletionTimestamp !== undefined ? [] : Object.values(JSON.parse(ports) as object);
    if (typeof port === 'number') return port;
  }
  throw new Error('the application has no port');
};

const cpuOf = async (installation: Installation) => {
  await using driver = startLoadDriver();
  await using peer = await startPeer('bare-proxy', { upstream: await applicationPort(installation) });
  const { port, pid } = {
    port: installation.ports.gateway,
    pid: (await installation.processes()).find(({ name }) => name === 'gateway')?.pid,
  };
  if (pid === undefined) throw new Error('the gateway does not run');
  const request = `GET / HTTP/1.1\r\nHost: ${host}:${port}\r\nAccept: application/json\r\n\r\n`;
  // Without `await` both would be ended before they began.
  return await compare(driver, { ours: { pid, port, request }, peer: { ...peer, request }, connections: 16 });
};

/** Changes the configuration, which is a new deployment, and waits until it answers. */
const update = async (installation: Installation, version: string): Promise<void> => {
  const values = [{ environment: 'development', value: version }];
  const body = {
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'ConfigurationGroup',
    metadata: { name: component },
    spec: { configurations: [{ key: 'VERSION', values }] },
  };
  if (version === 'v0') await installation.api('POST', groups, body);
  else await installation.api('PATCH', `${groups}/${component}`, { spec: body.spec });
  const until = performance.now() + updateDeadlineMs;
  for (;;) {
    const answer = await askApplication(installation.ports.gateway, host);
    if (answer.body.includes(`"${version}"`)) return;
    if (performance.now() > until) throw new Error(`${version} does not answer: ${answer.status} ${answer.body}`);
    await pause(50);
  }
};

const roll = async (installation: Installation): Promise<RollingResult> => {
  const port = installation.ports.gateway;
  const load = startRollingLoad({ port, host: `${host}:${port}` });
  try {
    for (let count = 1; count <= updates; count += 1) await update(installation, `v${count}`);
  } catch (error) {
    await load.stop();
    throw error;
  }
  return load.stop();
};

/** CPU of the gateway's process beside a bare proxy's in front of the same application; then twenty updates under a load that never stops. */
export const run = async (): Promise<Row> => {
  await using installation = await startInstallation();
  await installation.fairway(['deploy', await installation.application(source, component)]);
  await update(installation, 'v0');
  const cpu = await cpuOf(installation);
  const rolled = await roll(installation);
  const rate = rolled.requests / (rolled.elapsedMs / 1_000);
  const micros = (value: number): string => `${Math.round(value)} µs`;
  return {
    ours: `${micros(cpu.ours.cpuMicros)}, ${rolled.failed} failed`,
    peer: micros(cpu.peer.cpuMicros),
    figure: `${micros(cpu.ours.cpuMicros)}, ${rolled.failed} failed`,
    isReached: cpu.ours.cpuMicros <= mostMicros && rolled.failed === 0 && rate >= leastPerSecond,
    note: [
      `${updates} updates in ${(rolled.elapsedMs / 1_000).toFixed(0)} s, ${rolled.requests} requests (${perSecond(rate)}), ${rolled.streamed} messages and events`,
      ...rolled.failures,
    ].join('; '),
  };
};
