import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { controlPlaneKinds, type Kind } from '@fairway/contracts';
import { createLog } from '@fairway/resources/log';
import { type Caller, type Resources, systemClock } from '@fairway/resources/model';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { createKubernetesHandler, type KubernetesHandlerOptions } from '../index.ts';

const run = promisify(execFile);

export const basePath = '/k8s/control';
const token = 'test-token';
const caller: Caller = { principal: 'user:ada', permissions: ['*'] };

export interface TestServer {
  url: string;
  resources: Resources;
  /** What the handler logged as an error: faults of ours. */
  faults: string[];
}

export interface TestServerOptions extends Partial<Omit<KubernetesHandlerOptions, 'resources'>> {
  kinds?: readonly Kind[];
  tls?: { key: Buffer; cert: Buffer };
  stopping?: AbortSignal;
}

/** A store in memory behind a handler behind a real socket, all gone when the test ends. */
export async function startTestServer(
  t: TestContext,
  { kinds = controlPlaneKinds, tls, stopping, ...options }: TestServerOptions = {},
): Promise<TestServer> {
  const registry = createKindRegistry();
  for (const kind of kinds) registry.register(kind);
  const resources = await openResources({
    database: openSqliteDatabase({ path: ':memory:', clock: systemClock }),
    kinds: registry,
    clock: systemClock,
  });
  const faults: string[] = [];
  const log = createLog({ write: (line) => faults.push(line), now: () => 0, level: 'error' });
  const handle = createKubernetesHandler({ resources, authorize: () => {}, log, ...options });
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (tls !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401).end();
      return;
    }
    const stop = stopping === undefined ? {} : { stopping: () => stopping };
    void handle(request, response, { caller, basePath, requestId: 'request-1', ...stop });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await resources.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}${basePath}`, resources, faults };
}

const isRunnable = async (program: string, args: readonly string[]): Promise<boolean> =>
  run(program, args).then(
    () => true,
    () => false,
  );

/** Why tests with kubectl cannot run here; undefined when they can, or when they must. */
export async function kubectlIsMissing(): Promise<string | undefined> {
  if (process.env.FAIRWAY_TEST_REQUIRE === 'all') return undefined;
  if (!(await isRunnable('kubectl', ['version', '--client']))) return 'kubectl is not installed';
  return (await isRunnable('openssl', ['version'])) ? undefined : 'openssl is not installed';
}

export interface Kubectl {
  (args: readonly string[], input?: string): Promise<{ code: number; stdout: string; stderr: string }>;
  /** For programs that must run on, for example `get -w`. */
  readonly environment: NodeJS.ProcessEnv;
}

/** The real kubectl against a server with TLS, because it sends no token without. */
export async function startKubectl(t: TestContext, options: TestServerOptions = {}): Promise<TestServer & { kubectl: Kubectl }> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-kubectl-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [
    'req',
    '-x509',
    ...curve,
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    cert,
    '-subj',
    '/CN=test',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  ]);
  const server = await startTestServer(t, { ...options, tls: { key: await readFile(key), cert: await readFile(cert) } });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server: server.url, 'certificate-authority': cert } }],
      users: [{ name: 'test', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'default' } }],
    }),
  );
  const environment = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig };
  const kubectl = (args: readonly string[], input = ''): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const child = execFile('kubectl', args, { env: environment, timeout: 20_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
      );
      child.stdin?.end(input);
    });
  return { ...server, kubectl: Object.assign(kubectl, { environment }) };
}
