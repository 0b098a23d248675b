import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { builtinKinds, EndpointSlice, Event, type EventFields, Lease, Node, Pod, type PodSpec } from '@fairway/contracts/builtin';
import { silentLog } from '@fairway/resources/log';
import { type AdmissionRules, type AnyResource, type Resource, type Resources, systemClock } from '@fairway/resources/model';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import type { ImageStore } from '../images/index.ts';
import { createLinuxProcessTable, createProcessRuntime, type ProcessRuntime } from '../runtime/index.ts';
import { type NodeAgent, podRules, startNodeAgent } from './index.ts';
import type { PodObject } from './pod-object.ts';

let root = '';
let resources: Resources;
let runtime: ProcessRuntime;
let agent: NodeAgent;
const cause = { caller: { principal: 'user:test', permissions: ['*'] }, action: 'test' };
const namespace = 'default';

// Images are a port of the agent; what they are made of is tested beside them.
const images: ImageStore = {
  pull: async ({ reference }) => {
    if (reference.includes('missing')) throw new Error('registry has no manifest missing');
    const config = {
      entrypoint: [],
      command: ['node', '/app/server.js'],
      env: ['PATH=/app/bin:/usr/bin', 'FROM_IMAGE=/app/data', 'HOST=0.0.0.0'],
      workingDir: '/app',
      labels: reference.startsWith('fixed-') ? { 'fairway.dev/fixed-port': reference.slice('fixed-'.length) } : {},
      exposedPorts: [],
    };
    return { digest: `sha256:${'0'.repeat(64)}`, folder: join(root, 'image'), config };
  },
  removeUnused: async () => [],
};
/** Pods to which a Service still passes something on. */
const inUse = new Set<string>();
const startAgent = async (): Promise<void> => {
  const processTable = createLinuxProcessTable();
  runtime = await createProcessRuntime({ root: join(root, 'pods'), clock: systemClock, log: silentLog, processTable });
  agent = await startNodeAgent({
    resources,
    runtime,
    images,
    services: { leave: (uid) => inUse.has(uid) },
    nodeName: 'local',
    env: { PATH: process.env.PATH, HOME: root, GOPROXY: 'https://proxy.test', NPM_TOKEN: 'hush' },
    bootId: await processTable.bootId(),
    clock: systemClock,
    log: silentLog,
  });
};

const server = `
const http = require('node:http');
const own = process.env.OWN_PORT;
http.createServer((request, response) => {
  if (request.url === '/crash') process.exit(7);
  response.end(JSON.stringify(process.env));
}).listen(Number(own ?? process.env.PORT), process.env.HOST);
console.log('up');
process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });`;

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'fairway-node-'));
  mkdirSync(join(root, 'image/app'), { recursive: true });
  writeFileSync(join(root, 'image/app/server.js'), server);
  const kinds = createKindRegistry();
  for (const kind of builtinKinds)
    kinds.register(kind, { ...(kind.kind === 'Pod' ? (podRules as unknown as AdmissionRules<AnyResource>) : {}), audited: false } as never);
  resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock: systemClock }), kinds, clock: systemClock });
  await startAgent();
});
after(async () => {
  await agent.stop();
  for (const uid of runtime.pods()) await runtime.removePod(uid);
  await runtime.close();
  await resources.close();
  rmSync(root, { recursive: true });
});

const create = async (object: Resource): Promise<void> => {
  await resources.commit(cause, [{ op: 'create', object }]);
};
const createPod = (name: string, container: Record<string, unknown>, spec: Partial<PodSpec> = {}): Promise<void> =>
  create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name },
    spec: { nodeName: 'local', containers: [{ name: 'main', image: 'i', ...container }], ...spec },
  });
const podOf = async (name: string): Promise<PodObject | undefined> => resources.get(Pod, { namespace, name });
async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) assert.fail(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
const podWhen = (name: string, what: string, holds: (pod: PodObject) => boolean): Promise<PodObject> =>
  until(`${name}: ${what}`, async () => {
    const pod = await podOf(name);
    return pod !== undefined && holds(pod) && pod;
  }).catch(async (error: Error) => {
    throw new Error(`${error.message}; status is ${JSON.stringify((await podOf(name))?.status)}`);
  });
const isReady = (pod: PodObject): boolean => pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
const portOf = (pod: PodObject, port = 8080): number =>
  (JSON.parse(pod.metadata.annotations?.['fairway.dev/ports'] ?? '{}') as Record<string, number>)[port] ?? 0;
const ask = (port: number, path = '/'): Promise<Record<string, string>> =>
  new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      resolve(JSON.parse(text) as Record<string, string>);
    });
    request.once('error', reject);
  });
const remove = async (name: string, graceSeconds = 1): Promise<void> => {
  await resources.commit(cause, [{ op: 'delete', kind: Pod, key: { namespace, name }, gracePeriodSeconds: graceSeconds }]);
};
const gone = (name: string): Promise<true> => until(`${name} is gone`, async () => (await podOf(name)) === undefined);
const eventsOf = async (name: string): Promise<string[]> =>
  ((await resources.list(Event, { namespace })).items as unknown as EventFields[])
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ reason = '' }) => reason);
const logOf = async (name: string, more = {}): Promise<string> => {
  let text = '';
  for await (const piece of await agent.pods.readLogs({ namespace, name, ...more })) text += Buffer.from(piece).toString();
  return text;
};
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
const ports = [{ containerPort: 8080 }];

test('runs a pod from its image with ports, variables and files, and takes it down without a trace', async () => {
  await create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: 'settings' },
    data: { GREETING: 'hello', 'app.yaml': 'a: b' },
  } as Resource);
  await create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: 'keys' },
    data: { key: Buffer.from('hush').toString('base64') },
  } as Resource);
  const env = [
    { name: 'WHO', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'key' } } },
    { name: 'BOTH', value: '$(WHO)/$(KEY)' },
    { name: 'FILE', value: '/etc/app/app.yaml' },
  ];

  await createPod(
    'web',
    { ports, env, envFrom: [{ configMapRef: { name: 'settings' } }], volumeMounts: [{ name: 'files', mountPath: '/etc/app' }] },
    { volumes: [{ name: 'files', configMap: { name: 'settings' } }] },
  );

  const pod = await podWhen('web', 'is ready', isReady);
  const seen = await ask(portOf(pod));
  assert.equal(seen.PORT, String(portOf(pod)));
  assert.equal(seen.HOST, '127.0.0.1', 'not what the image says: a process has the network of the machine');
  assert.equal(seen.BOTH, 'web/hush');
  assert.equal(seen.GREETING, 'hello');
  assert.equal(seen.FROM_IMAGE, join(root, 'image/app/data'));
  assert.equal(seen.FILE, join(seen.FAIRWAY_VOLUME_FILES ?? '', 'app.yaml'));
  assert.ok(!seen.PATH?.includes('node_modules'));
  assert.equal(seen.FAIRWAY_HOME, undefined);
  assert.equal(pod.status?.phase, 'Running');
  assert.match(pod.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '', /listens on port/);
  assert.equal(await logOf('web'), 'up\n');
  assert.equal((await agent.figures())[0]?.container, 'main');
  await remove('web');
  await gone('web');
  await assert.rejects(ask(portOf(pod)));
  assert.deepEqual((await eventsOf('web')).sort(), ['Created', 'Killing', 'Pulled', 'Pulling', 'Started']);
});

test('restarts a crashed container after a pause and keeps the reason of the last end', async () => {
  await createPod('crash', { ports });
  const pod = await podWhen('crash', 'is ready', isReady);

  await assert.rejects(ask(portOf(pod), '/crash'));

  const waiting = await podWhen(
    'crash',
    'waits',
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
  );
  assert.match(waiting.status?.containerStatuses?.[0]?.state?.waiting?.message ?? '', /back-off 1s.*exit 7/);
  const again = await podWhen(
    'crash',
    'is ready again',
    (found) => isReady(found) && found.status?.containerStatuses?.[0]?.restartCount === 1,
  );
  assert.equal(again.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 7);
  assert.equal(portOf(again), portOf(pod));
  assert.equal(await logOf('crash', { previous: true }), 'up\n');
  await remove('crash');
  await gone('crash');
});

test('ends a pod that shall run once, with its termination message', async () => {
  const command = ['/bin/sh', '-c', 'echo working; printf \'{"digest":"x"}\' > $TERMINATION_LOG; exit $CODE'];
  await createPod('good', { command, env: [{ name: 'CODE', value: '0' }] }, { restartPolicy: 'Never' });
  await createPod('bad', { command: ['/bin/sh', '-c', 'echo broken >&2; exit 3'] }, { restartPolicy: 'Never' });

  const good = await podWhen('good', 'has succeeded', ({ status }) => status?.phase === 'Succeeded');
  const bad = await podWhen('bad', 'has failed', ({ status }) => status?.phase === 'Failed');

  assert.equal(good.status?.containerStatuses?.[0]?.state?.terminated?.message, '{"digest":"x"}');
  assert.deepEqual(
    [bad.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, bad.status?.containerStatuses?.[0]?.state?.terminated?.message],
    [3, 'exit 3\nbroken'],
  );
  assert.equal(await logOf('good'), 'working\n');
  for (const name of ['good', 'bad']) await remove(name).then(() => gone(name));
});

test('runs a sidecar from before the other containers until after them', async () => {
  const write = (word: string) => `require('node:fs').appendFileSync(process.env.FAIRWAY_VOLUME_SHARED + '/order', '${word}\\n');`;
  const common = { image: 'i', volumeMounts: [{ name: 'shared', mountPath: '/shared' }] };
  const folder = mkdtempSync(join(root, 'shared-'));
  const beside = `process.on('SIGTERM', () => { ${write('ends')} process.exit(3); }); setInterval(() => {}, 1000); ${write('begins')}`;
  const sidecar = {
    ...common,
    name: 'beside',
    restartPolicy: 'Always',
    command: ['node', '-e', beside],
    startupProbe: { exec: { command: ['test', '-s', join(folder, 'order')] }, periodSeconds: 1 },
  };
  const initContainers = [sidecar, { ...common, name: 'before', command: ['node', '-e', write('before')] }];
  const volumes = [{ name: 'shared', hostPath: { path: folder } }];
  await createPod(
    'sidecar',
    { ...common, command: ['node', '-e', write('main')] },
    { restartPolicy: 'Never', volumes, initContainers: initContainers as PodSpec['containers'] },
  );
  const isEnded = ({ status }: PodObject): boolean => status?.initContainerStatuses?.[0]?.state?.terminated !== undefined;
  const pod = await podWhen('sidecar', 'has ended with its sidecar', isEnded);
  assert.equal(readFileSync(join(folder, 'order'), 'utf8'), 'begins\nbefore\nmain\nends\n');
  assert.equal(pod.status?.phase, 'Succeeded', 'how a sidecar ends says nothing');
  await remove('sidecar');
  await gone('sidecar');
});

test('runs init containers first and in order', async () => {
  const init = (name: string) => ({
    name,
    image: 'i',
    command: ['/bin/sh', '-c', `echo ${name} >> "$FAIRWAY_VOLUME_SHARED/order"`],
    volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
  });

  await createPod(
    'init',
    { command: ['/bin/cat', '/shared/order'], volumeMounts: [{ name: 'shared', mountPath: '/shared' }] },
    { restartPolicy: 'Never', volumes: [{ name: 'shared', emptyDir: {} }], initContainers: [init('one'), init('two')] },
  );

  await podWhen('init', 'has succeeded', ({ status }) => status?.phase === 'Succeeded');
  assert.equal(await logOf('init'), 'one\ntwo\n');
  await remove('init');
  await gone('init');
});

test('puts a volume below /app in its place beside the files of the image, and maps paths of commands', async () => {
  await create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: 'nested' },
    data: { 'a.txt': 'from the volume ' },
  } as Resource);
  const command = ['/bin/sh', '-c', 'cat conf/d/a.txt "$0"; head -c 6 server.js', '/etc/x/a.txt'];
  const volumeMounts = [
    { name: 'files', mountPath: '/app/conf/d' },
    { name: 'files', mountPath: '/etc/x' },
  ];

  await createPod(
    'nested',
    { command, volumeMounts },
    { restartPolicy: 'Never', volumes: [{ name: 'files', configMap: { name: 'nested' } }] },
  );

  await podWhen('nested', 'has succeeded', ({ status }) => status?.phase === 'Succeeded');
  assert.equal(await logOf('nested'), 'from the volume from the volume \nconst\n');
  await remove('nested');
  await gone('nested');
});

test('says why an image cannot be pulled, and what configuration is missing', async () => {
  await createPod('no-image', { image: 'missing' });
  await createPod('no-secret', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'absent', key: 'k' } } }] });

  const waitingOf = ({ status }: PodObject) => status?.containerStatuses?.[0]?.state?.waiting;
  const image = await podWhen('no-image', 'waits', (pod) => /ErrImagePull|ImagePullBackOff/.test(waitingOf(pod)?.reason ?? ''));
  const secret = await podWhen('no-secret', 'waits', (pod) => waitingOf(pod)?.reason === 'CreateContainerConfigError');

  assert.match(waitingOf(image)?.message ?? '', /no manifest missing/);
  assert.match(waitingOf(secret)?.message ?? '', /Secret "absent" does not exist/);
  for (const name of ['no-image', 'no-secret']) await remove(name).then(() => gone(name));
});

test('adopts what runs after a restart of the local cluster, and starts nothing twice', async () => {
  await createPod('stays', { ports });
  const before = await podWhen('stays', 'is ready', isReady);
  const { FAIRWAY_CONTAINER_ID: id, HOME: home } = await ask(portOf(before));

  await agent.stop();
  await runtime.close();
  await startAgent();

  await until('it is adopted', async () => runtime.list().some((record) => record.id === id && record.exit === undefined));
  const after = await podWhen('stays', 'is ready', isReady);
  assert.equal(portOf(after), portOf(before));
  assert.equal((await ask(portOf(after))).HOME, home);
  assert.equal(after.status?.containerStatuses?.[0]?.restartCount, 0);
  await remove('stays');
  await gone('stays');
});

test('notices an application with a port of its own, and tells a second instance the way out', async () => {
  const own = await freePort();
  const container = { ports, env: [{ name: 'OWN_PORT', value: String(own) }] };
  await createPod('fixed', container);

  const pod = await podWhen(
    'fixed',
    'is noticed and ready',
    (found) => found.metadata.annotations?.['fairway.dev/fixed-port'] === String(own) && isReady(found),
  );
  await createPod('second', container);
  const second = await podWhen(
    'second',
    'is refused',
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'PortTaken',
  );

  assert.equal(portOf(pod), own);
  assert.match(second.status?.containerStatuses?.[0]?.state?.waiting?.message ?? '', /default\/fixed, which holds port.*variable PORT/s);
  for (const name of ['second', 'fixed']) await remove(name).then(() => gone(name));
});

test('gives an application the port that its image fixes, before it is started', async () => {
  const own = await freePort();

  await createPod('insists', { image: `fixed-${own}`, ports });
  const pod = await podWhen('insists', 'is ready', isReady);

  assert.equal(pod.metadata.annotations?.['fairway.dev/fixed-port'], String(own));
  assert.equal(portOf(pod), own);
  assert.equal((await ask(own)).PORT, String(own));
  assert.equal(pod.status?.containerStatuses?.[0]?.restartCount, 0);
  await remove('insists');
  await gone('insists');
});

test('gives the machine’s settings for package managers to pods that ask for them, and no others', async () => {
  writeFileSync(join(root, '.npmrc'), 'registry=https://registry.test\n');
  const command = ['/bin/sh', '-c', 'echo "$GOPROXY $npm_config_userconfig $NPM_TOKEN"'];
  const once = { nodeName: 'local', restartPolicy: 'Never', containers: [{ name: 'main', image: 'i', command }] };
  await create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name: 'build', annotations: { 'fairway.dev/machine-settings': 'true' } },
    spec: once,
  });
  await create({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: 'application' }, spec: once });

  for (const name of ['build', 'application']) await podWhen(name, 'has succeeded', ({ status }) => status?.phase === 'Succeeded');

  assert.equal(await logOf('build'), `https://proxy.test ${join(root, '.npmrc')} \n`);
  assert.equal(await logOf('application'), '  \n');
  for (const name of ['build', 'application']) await remove(name).then(() => gone(name));
});

test('ends everything within each pod’s own grace, and starts it again without a pause', async () => {
  const slow = (seconds: number): string[] => [
    '/bin/sh',
    '-c',
    'trap "sleep $0; echo done; exit 0" TERM; echo up; while :; do sleep 0.05; done',
    String(seconds),
  ];
  await createPod('patient', { command: slow(1.5) }, { terminationGracePeriodSeconds: 10 });
  await createPod('hasty', { command: slow(20) }, { terminationGracePeriodSeconds: 1 });
  await createPod('once', { command: ['/bin/sleep', '100'] }, { restartPolicy: 'Never' });
  await podWhen('once', 'runs', ({ status }) => status?.containerStatuses?.[0]?.state?.running !== undefined);
  const isUp = ({ status }: PodObject): boolean => status?.containerStatuses?.[0]?.state?.running !== undefined;
  for (const name of ['patient', 'hasty']) {
    await podWhen(name, 'runs', isUp);
    await until(`${name} is up`, async () => (await logOf(name)) === 'up\n');
  }

  const began = Date.now();
  await agent.stop({ endsPods: true });
  const tookMs = Date.now() - began;
  const running = runtime.list().filter(({ exit }) => exit === undefined);
  await runtime.close();
  await startAgent();

  assert.deepEqual(running, []);
  assert.ok(tookMs < 3_400, `one after the other: ${tookMs} ms`);
  for (const name of ['patient', 'hasty']) {
    const again = await podWhen(name, 'runs again', (pod) => isUp(pod) && pod.status?.containerStatuses?.[0]?.restartCount === 1);
    assert.ok(Date.now() - began - tookMs < 1_000, 'crash-loop back-off is for crashes');
    assert.equal(again.status?.phase, 'Running');
    assert.equal((await logOf(name, { previous: true })).includes('done'), name === 'patient');
  }
  const once = await podWhen('once', 'has failed', ({ status }) => status?.phase === 'Failed');
  assert.equal(once.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')?.status, 'True');
  for (const name of ['patient', 'hasty', 'once']) await remove(name).then(() => gone(name));
});

test('waits for the gateway to drain a pod before it is stopped', async () => {
  await createPod('drain', { ports });
  const pod = await podWhen('drain', 'is ready', isReady);
  const uid = pod.metadata.uid ?? '';
  const endpoints = [
    { addresses: ['127.0.0.1'], conditions: { ready: true, serving: true }, targetRef: { kind: 'Pod', name: 'drain', uid } },
  ];
  await create({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name: 'drain' },
    addressType: 'IPv4',
    endpoints,
    ports: [],
  } as Resource);
  await create({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'kube-system', name: 'fairway-gateway' },
    spec: { holderIdentity: 'g', leaseDurationSeconds: 15, renewTime: new Date().toISOString() },
  });
  await remove('drain');

  await until('a drain look', async () => Date.now() - Date.parse((await podOf('drain'))?.metadata.deletionTimestamp ?? '') > 1_300);
  assert.ok((await ask(portOf(pod))).PORT, 'it still serves');
  await resources.commit(cause, [
    {
      op: 'mutate',
      kind: EndpointSlice,
      key: { namespace, name: 'drain' },
      change: (current) =>
        current && { ...current, metadata: { ...current.metadata, annotations: { [`drained.fairway.dev/${uid}`]: 'true' } } },
    },
  ]);

  await gone('drain');
  await resources.commit(cause, [{ op: 'delete', kind: Lease, key: { namespace: 'kube-system', name: 'fairway-gateway' } }]);
});

test('waits for connections of Services to a pod before it is stopped', async () => {
  await createPod('busy', { ports });
  const pod = await podWhen('busy', 'is ready', isReady);
  const uid = pod.metadata.uid ?? '';
  inUse.add(uid);

  await remove('busy');
  await until('a drain look', async () => Date.now() - Date.parse((await podOf('busy'))?.metadata.deletionTimestamp ?? '') > 1_300);
  assert.ok((await ask(portOf(pod))).PORT, 'it still serves');
  inUse.delete(uid);

  await gone('busy');
});

test('ends a pod at once when a second deletion gives no grace, whatever the first one gave', async () => {
  const command = ['/bin/sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'];
  for (const lifecycle of [undefined, { preStop: { sleep: { seconds: 60 } } }]) {
    await createPod('stubborn', { command, ...(lifecycle === undefined ? {} : { lifecycle }) });
    await until('it is up', async () => (await logOf('stubborn').catch(() => '')) === 'up\n');
    await remove('stubborn', 60);
    await until('it is being stopped', async () => (await eventsOf('stubborn')).includes('Killing'));

    await remove('stubborn', 0);

    await gone('stubborn');
  }
});

test('tells a container of the Services in its namespace, as Kubernetes does', async () => {
  const annotations = { 'fairway.dev/addresses': '{"8080":"127.64.0.9:18080","9090":"127.64.0.9:19090"}' };
  const spec = {
    clusterIP: '127.64.0.9',
    ports: [
      { name: 'web-ui', port: 8080 },
      { name: 'admin', port: 9090 },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  };
  await create({ apiVersion: 'v1', kind: 'Service', metadata: { namespace, name: 'shop-cart', annotations }, spec });
  await create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: 'bare' },
    spec: { clusterIP: 'None', ports: [{ port: 1 }] },
  });
  const env = [
    { name: 'SHOP_CART_SERVICE_PORT_ADMIN', value: 'own' },
    { name: 'CART', value: 'http://$(SHOP_CART_SERVICE_HOST)' },
  ];

  await createPod('linked', { ports, env });
  await createPod('unlinked', { ports }, { enableServiceLinks: false });

  const linked = await ask(portOf(await podWhen('linked', 'is ready', isReady)));
  const unlinked = await ask(portOf(await podWhen('unlinked', 'is ready', isReady)));
  const about = (seen: Record<string, string>) =>
    Object.fromEntries(Object.entries(seen).filter(([name]) => /^(SHOP_CART|BARE|CART)/.test(name)));
  assert.deepEqual(about(linked), {
    CART: 'http://127.64.0.9',
    SHOP_CART_SERVICE_HOST: '127.64.0.9',
    SHOP_CART_SERVICE_PORT: '18080',
    SHOP_CART_SERVICE_PORT_WEB_UI: '18080',
    SHOP_CART_SERVICE_PORT_ADMIN: 'own',
    SHOP_CART_PORT: 'tcp://127.64.0.9:18080',
    SHOP_CART_PORT_8080_TCP: 'tcp://127.64.0.9:18080',
    SHOP_CART_PORT_8080_TCP_PROTO: 'tcp',
    SHOP_CART_PORT_8080_TCP_PORT: '18080',
    SHOP_CART_PORT_8080_TCP_ADDR: '127.64.0.9',
    SHOP_CART_PORT_9090_TCP: 'tcp://127.64.0.9:19090',
    SHOP_CART_PORT_9090_TCP_PROTO: 'tcp',
    SHOP_CART_PORT_9090_TCP_PORT: '19090',
    SHOP_CART_PORT_9090_TCP_ADDR: '127.64.0.9',
  });
  assert.deepEqual(about(unlinked), {});
  for (const name of ['linked', 'unlinked']) await remove(name).then(() => gone(name));
});

test('restarts a container whose liveness probe gives up, and fails a pod at its deadline', async () => {
  await createPod(
    'live',
    { ports, livenessProbe: { httpGet: { path: '/', port: 1 }, periodSeconds: 1, failureThreshold: 1 } },
    { terminationGracePeriodSeconds: 1 },
  );
  await createPod('late', { command: ['/bin/sleep', '100'] }, { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 1 });

  const live = await podWhen(
    'live',
    'was stopped',
    ({ status }) => status?.containerStatuses?.[0]?.state?.waiting !== undefined || (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
  );
  const late = await podWhen('late', 'has failed', ({ status }) => status?.phase === 'Failed');

  assert.ok(live);
  assert.ok((await eventsOf('live')).includes('Unhealthy'));
  assert.equal(late.status?.reason, 'DeadlineExceeded');
  for (const name of ['live', 'late']) await remove(name).then(() => gone(name));
});

test('keeps a Node that says that nothing is isolated', async () => {
  const node = await resources.get(Node, { name: 'local' });

  assert.equal(node?.metadata.annotations?.['fairway.dev/isolation'], 'none');
  assert.equal(node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
  assert.equal(node?.status?.conditions?.find(({ type }) => type === 'Isolated')?.status, 'False');
});
