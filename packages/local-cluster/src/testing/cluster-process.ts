import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ClusterClient, createClusterClient } from '@fairway/kubernetes/client';

const run = promisify(execFile);
const startLimitMs = 20_000;
export const testToken = 'a-token-of-this-test';

export interface ClusterHome {
  folder: string;
  authority: string;
  remove(): Promise<void>;
}

/** A state folder with a certificate and a token, as the supervisor makes it. */
export async function makeHome(): Promise<ClusterHome> {
  const folder = await mkdtemp(join(tmpdir(), 'fairway-cluster-'));
  await mkdir(join(folder, 'pki'));
  await mkdir(join(folder, 'local-cluster'));
  const [key, cert] = [join(folder, 'pki', 'server.key'), join(folder, 'pki', 'server.crt')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, '-days', '2', ...subject]);
  const tokens = [
    { token: testToken, user: 'admin', groups: ['system:masters'] },
    { token: 'the-gateways', user: 'fairway-gateway', groups: [] },
  ];
  await writeFile(join(folder, 'local-cluster', 'tokens.json'), JSON.stringify(tokens), { mode: 0o600 });
  return { folder, authority: await readFile(cert, 'utf8'), remove: () => rm(folder, { recursive: true, force: true }) };
}

export interface ClusterProcess {
  port: number;
  pid: number;
  client: ClusterClient;
  output(): string;
  /** Sends a signal and waits for the end; the answer is the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts main.ts and waits until it says that it is ready; the answer is its exit code when it ends before. */
export async function startProcess(
  home: ClusterHome,
  options: { port?: number; mirror?: string },
): Promise<ClusterProcess | { code: number | null; output: string }> {
  const main = new URL('../main.ts', import.meta.url).pathname;
  const mirror = options.mirror === undefined ? [] : ['--mirror', `registry.test=${options.mirror}`];
  const child = spawn(process.execPath, [main, '--home', home.folder, '--port', String(options.port ?? 0), ...mirror], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const ready = new Promise<number>((resolve) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const line = output.split('\n').find((text) => text.includes('"msg":"ready"'));
      if (line !== undefined) resolve((JSON.parse(line) as { port: number }).port);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), startLimitMs);
  const first = await Promise.race([ready.then((port) => ({ port })), ended.then(([code]) => ({ code, output }))]);
  clearTimeout(limit);
  if (!('port' in first)) return first;
  const client = createClusterClient({ server: `https://127.0.0.1:${first.port}`, ca: home.authority, token: testToken });
  return {
    port: first.port,
    pid: child.pid ?? 0,
    client,
    output: () => output,
    end: async (signal) => {
      client.close();
      child.kill(signal);
      return (await ended)[0];
    },
  };
}
