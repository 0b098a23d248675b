import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { KeeperLine, KeptProgram } from './keep-programs.ts';
import { type ProgramName, programsFolder, stagesFile } from './programs.ts';

// On two busy cores the API server takes 20 s until its own rules are written.
const readyLimitMs = 120_000;
const askLimitMs = 5_000;
const stopLimitMs = 20_000;
const lookMs = 100;

/** A real Kubernetes on loopback, with its state in a temporary folder. */
export interface Kubernetes extends AsyncDisposable {
  url: string;
  /** The certificate to trust (PEM). */
  ca: string;
  /** Of a member of `system:masters`. */
  token: string;
  /** A file with all three, gone with the rest. */
  kubeconfig: string;
  /** Process ids by program. */
  pids: Readonly<Partial<Record<ProgramName, number>>>;
  /** Ends every process that was started, and removes the folder. May be called twice. */
  stop(): Promise<void>;
}

export interface KubernetesOptions {
  /** Beside etcd, kube-apiserver and kube-controller-manager: binds pods to nodes. */
  scheduler?: boolean;
  /** Plays the nodes that carry the annotation `kwok.x-k8s.io/node`, and their pods. */
  kwok?: boolean;
}

/**
 * Starts etcd, kube-apiserver (RBAC, tokens from a file) and kube-controller-manager, and what the options ask for beside; answers when the API is ready and the
 * default namespace has its service account. Needs the built programs (programs.ts). All ends with this process, however that ends.
 */
export async function startKubernetes(options: KubernetesOptions = {}): Promise<Kubernetes> {
  const programs = await programsFolder();
  if (!existsSync(programs)) throw new Error('the programs of Kubernetes are not built: run node tools/kubernetes/build.ts');
  const folder = await mkdtemp(join(tmpdir(), 'kubernetes-'));
  const keeper = startKeeper(folder);
  try {
    const port = await freePort();
    const url = `https://127.0.0.1:${port}`;
    const users = ['admin', 'kube-controller-manager', 'kube-scheduler', 'kwok'].map((name) => ({
      name,
      token: randomBytes(24).toString('base64url'),
    }));
    const token = users[0]?.token ?? '';
    await writeSecrets(folder, users);
    const run = (name: ProgramName, args: readonly string[]): void =>
      keeper.start({ name, command: join(programs, name), args, log: join(folder, `${name}.log`) });
    run('etcd', etcdFlags(folder));
    run('kube-apiserver', apiServerFlags(folder, port));
    const ca = await keeper.until('the certificate of kube-apiserver', () =>
      readFile(join(folder, 'certificates', 'apiserver.crt'), 'utf8').catch(() => undefined),
    );
    const ask = (path: string) => statusOf({ url: `${url}${path}`, ca, token });
    await keeper.until('GET /readyz of kube-apiserver', () => ask('/readyz'));
    for (const user of users) await writeFile(join(folder, `${user.name}.kubeconfig`), kubeconfigOf({ url, ca, user }), { mode: 0o600 });
    run('kube-controller-manager', controllerFlags(folder));
    if (options.scheduler)
      run('kube-scheduler', ['--kubeconfig', join(folder, 'kube-scheduler.kubeconfig'), '--secure-port=0', '--leader-elect=false']);
    if (options.kwok) run('kwok', kwokFlags(folder, join(programs, stagesFile)));
    // Written by a controller: without it no pod can be made.
    await keeper.until('the service account of the default namespace', () => ask('/api/v1/namespaces/default/serviceaccounts/default'));
    return {
      url,
      ca,
      token,
      kubeconfig: join(folder, 'admin.kubeconfig'),
      pids: keeper.pids,
      stop: keeper.stop,
      [Symbol.asyncDispose]: keeper.stop,
    };
  } catch (error) {
    await keeper.stop();
    throw error;
  }
}

interface Keeper {
  pids: Partial<Record<ProgramName, number>>;
  start(program: KeptProgram & { name: ProgramName }): void;
  /** Looks until there is something. Fails with the last lines of the log when a program ends, or the limit is met. */
  until<T>(what: string, look: () => Promise<T | undefined>): Promise<T>;
  stop(): Promise<void>;
}

function startKeeper(folder: string): Keeper {
  const main = fileURLToPath(new URL('./keep-programs.ts', import.meta.url));
  // In a process group of its own, so that a Ctrl-C that is meant for us does not reach it before we say so.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, folder], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const pids: Keeper['pids'] = {};
  let latest = '';
  let fallen: { name: string; ended: string } | undefined;
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as KeeperLine;
    if ('pid' in line) pids[line.name as ProgramName] = line.pid;
    else fallen ??= line;
  });
  child.stdin.on('error', () => {});
  child.once('exit', (code, signal) => {
    fallen ??= { name: latest, ended: `with its keeper: ${signal ?? code}` };
  });
  const failure = async (what: string, name: string): Promise<Error> => {
    const log = await readFile(join(folder, `${name}.log`), 'utf8').catch(() => '');
    return new Error(`${what}; the last lines of ${name}:\n${log.slice(-3_000)}`);
  };
  return {
    pids,
    start: (program) => {
      latest = program.name;
      child.stdin.write(`${JSON.stringify(program)}\n`);
    },
    until: async (what, look) => {
      const deadline = performance.now() + readyLimitMs;
      for (;;) {
        const found = await look();
        if (found !== undefined) return found;
        if (fallen !== undefined) throw await failure(`${fallen.name} ended by itself (${fallen.ended})`, fallen.name);
        if (performance.now() > deadline) throw await failure(`not within ${readyLimitMs} ms: ${what}`, latest);
        await delay(lookMs);
      }
    },
    stop: () => endKeeper(child, exited),
  };
}

async function endKeeper(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.stdin?.end();
  const limit = new AbortController();
  const late = delay(stopLimitMs, 'late', { signal: limit.signal }).catch(() => 'ended');
  if ((await Promise.race([exited, late])) === 'late') throw new Error(`the programs of Kubernetes did not end within ${stopLimitMs} ms`);
  limit.abort();
}

/** Tokens, and the key by which service accounts' tokens are signed. */
async function writeSecrets(folder: string, users: readonly { name: string; token: string }[]): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const lines = users.map(({ name, token }) => `${token},${name === 'admin' ? name : `system:${name}`},${name},system:masters\n`);
  await writeFile(join(folder, 'tokens.csv'), lines.join(''), { mode: 0o600 });
  await writeFile(join(folder, 'accounts.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  await writeFile(join(folder, 'accounts.pub'), publicKey.export({ type: 'spki', format: 'pem' }), { mode: 0o600 });
}

const etcdSocket = (folder: string): string => `unix://${join(folder, 'etcd.sock')}`;

/** By a socket in the folder, so that there is no port to lose. What is written need not outlive the machine. */
const etcdFlags = (folder: string): string[] => [
  `--data-dir=${join(folder, 'etcd')}`,
  `--listen-client-urls=${etcdSocket(folder)}`,
  // Asked for, and read by nobody.
  '--advertise-client-urls=http://127.0.0.1:0',
  '--listen-peer-urls=http://127.0.0.1:0',
  '--unsafe-no-fsync',
];

const apiServerFlags = (folder: string, port: number): string[] => [
  `--etcd-servers=${etcdSocket(folder)}`,
  '--bind-address=127.0.0.1',
  `--secure-port=${port}`,
  `--cert-dir=${join(folder, 'certificates')}`,
  `--token-auth-file=${join(folder, 'tokens.csv')}`,
  '--authorization-mode=RBAC',
  '--service-cluster-ip-range=10.0.0.0/24',
  '--service-account-issuer=https://kubernetes.default.svc',
  `--service-account-key-file=${join(folder, 'accounts.pub')}`,
  `--service-account-signing-key-file=${join(folder, 'accounts.key')}`,
  // An API server on loopback can be nobody's endpoint.
  '--endpoint-reconciler-type=none',
  '--allow-privileged=true',
];

const controllerFlags = (folder: string): string[] => [
  `--kubeconfig=${join(folder, 'kube-controller-manager.kubeconfig')}`,
  `--service-account-private-key-file=${join(folder, 'accounts.key')}`,
  `--root-ca-file=${join(folder, 'certificates', 'apiserver.crt')}`,
  '--use-service-account-credentials=true',
  // Would put a ConfigMap into every namespace, also where a test counts its own.
  '--controllers=*,-root-ca-certificate-publisher-controller',
  '--secure-port=0',
  '--leader-elect=false',
];

const kwokFlags = (folder: string, stages: string): string[] => [
  `--kubeconfig=${join(folder, 'kwok.kubeconfig')}`,
  `--config=${stages}`,
  '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
];

/** As JSON, which is YAML too. */
function kubeconfigOf({ url, ca, user }: { url: string; ca: string; user: { name: string; token: string } }): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'kubernetes', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: user.name, user: { token: user.token } }],
    contexts: [{ name: 'kubernetes', context: { cluster: 'kubernetes', user: user.name, namespace: 'default' } }],
    'current-context': 'kubernetes',
  });
}

/** True when the answer is 200; undefined for every other, and for none. */
function statusOf({ url, ca, token }: { url: string; ca: string; token: string }): Promise<true | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      url,
      { ca, agent: false, headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(askLimitMs) },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode === 200 ? true : undefined);
      },
    );
    asked.once('error', () => resolve(undefined));
    asked.end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
