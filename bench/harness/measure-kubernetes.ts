import { Agent, request as askOverTls } from 'node:https';
import { programsFolder } from '../../tools/kubernetes/programs.ts';
import { startKubernetes } from '../../tools/kubernetes/start-kubernetes.ts';
import { requestText } from './ask.ts';
import { compare, type Round } from './compare.ts';
import { makeLocalClusterHome } from './control-plane.ts';
import { startLoadDriver } from './drive-load.ts';
import type { Row } from './measurement.ts';
import { connectionId } from './placeholders.ts';
import { perSecond } from './statistics.ts';

const connections = 16;
export const configMapsPath = '/api/v1/namespaces/bench/configmaps';

/** An object of usual size: three labels, some settings. */
export const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'bench', labels: { team: 'payments', tier: 'backend', region: 'eu' } },
  data: Object.fromEntries(
    ['LOG_LEVEL', 'CACHE_SIZE', 'RETRY_LIMIT', 'GREETING'].map((key) => [key, `the value of ${key} in this application`]),
  ),
});

interface Server {
  port: number;
  token: string;
  ca: string;
}

const send = (server: Server, of: { method: string; path: string; body?: object }, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
    const to = { host: '127.0.0.1', port: server.port, ca: server.ca, agent, timeout: 10_000, headers, method: of.method, path: of.path };
    const sent = askOverTls(to, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 10 s')));
    sent.on('error', reject);
    sent.end(of.body === undefined ? undefined : JSON.stringify(of.body));
  });

/** A namespace with so many ConfigMaps. */
const fill = async (server: Server, objects: number): Promise<void> => {
  const agent = new Agent({ keepAlive: true });
  const create = async (path: string, body: object): Promise<void> => {
    const status = await send(server, { method: 'POST', path, body }, agent);
    if (status !== 201) throw new Error(`POST ${path} was answered with ${status}`);
  };
  try {
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } });
    for (let index = 0; index < objects; index += 1) await create(configMapsPath, configMap(`sample-${connectionId(index)}`));
  } finally {
    agent.destroy();
  }
};

const shown = (round: Round): string =>
  `${perSecond(round.perSecond)}, ${Math.round(round.cpuMicros)} CPU-µs, p99 ${round.p99Ms.toFixed(1)} ms`;

/**
 * The same request over TLS to the local cluster and to a real kube-apiserver with etcd: how many times less CPU all behind the port takes.
 * Needs the programs of `make test-kubernetes`.
 */
export const measureKubernetes = async (of: {
  objects: number;
  request: { method: string; path: string; body?: string; type?: string };
  leastTimes: number;
}): Promise<Row> => {
  await programsFolder();
  await using home = await makeLocalClusterHome();
  const ours = { ...(await home.start()), token: home.token, ca: home.ca };
  await using real = await startKubernetes();
  const peer = { port: Number(new URL(real.url).port), token: real.token, ca: real.ca };
  await fill(ours, of.objects);
  await fill(peer, of.objects);
  await using driver = startLoadDriver();
  const requestOf = ({ token }: Server): string => requestText({ ...of.request, token });
  const found = await compare(driver, {
    ours: { ...ours, request: requestOf(ours) },
    peer: { ...peer, pid: real.pids['kube-apiserver'] ?? 0, otherPids: [real.pids.etcd ?? 0], request: requestOf(peer) },
    connections,
  });
  const times = found.peer.cpuMicros / found.ours.cpuMicros;
  return {
    ours: shown(found.ours),
    peer: shown(found.peer),
    figure: `${times.toFixed(1)} times`,
    isReached: times >= of.leastTimes && found.ours.p99Ms <= found.peer.p99Ms,
    note: `kube-apiserver and etcd together; ${found.note}`,
  };
};
