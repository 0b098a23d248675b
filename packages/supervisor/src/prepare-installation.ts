import { execFile } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Ports } from './choose-ports.ts';
import { renewBeforeMs } from './server-certificate-lifetime.ts';
import type { StateFiles } from './state-folder.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

const run = promisify(execFile);
const newToken = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`;
const textOf = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);

type ClusterToken = { token: string; user: string; groups: string[] };

/** Makes what an installation needs before its first process: folders, CA, tokens, kubeconfigs. What is there stays as it is. */
export async function prepareInstallation(files: StateFiles, ports: Ports): Promise<void> {
  for (const folder of [files.home, dirname(files.caKey), dirname(files.clusterTokens), dirname(files.status), files.logs])
    await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(files.home, 0o700);
  await ensureCertificates(files);
  if ((await textOf(files.adminToken)) === undefined) await writeFileAtomic(files.adminToken, `${newToken('fwy')}\n`);
  const tokens = await clusterTokens(files);
  await writeFileAtomic(files.ports, `${JSON.stringify(ports)}\n`);
  const authority = await readFile(files.caCertificate, 'utf8');
  for (const [user, file] of [
    ['fairway-control-plane', files.clusterKubeconfig],
    ['fairway-gateway', files.gatewayKubeconfig],
  ] as const) {
    const token = tokens.find((known) => known.user === user)?.token ?? '';
    await writeFileAtomic(file, kubeconfig({ name: 'local', server: `https://127.0.0.1:${ports.cluster}`, authority, user, token }));
  }
}

/** The process that makes them takes half a second, so it is started only when something is missing or about to end. */
async function ensureCertificates(files: StateFiles): Promise<void> {
  const [authority, authorityKey, server, serverKey] = await Promise.all(
    [files.caCertificate, files.caKey, files.serverCertificate, files.serverKey].map(textOf),
  );
  const areThere = authority !== undefined && authorityKey !== undefined && server !== undefined && serverKey !== undefined;
  if (areThere && !isServerDue(server, Date.now())) return;
  const make = fileURLToPath(new URL('./make-certificates.ts', import.meta.url));
  await run(process.execPath, [make, dirname(files.caKey)], { timeout: 30_000 });
}

function isServerDue(certificate: string, now: number): boolean {
  try {
    return new X509Certificate(certificate).validToDate.getTime() - now < renewBeforeMs;
  } catch {
    // A damaged one is made anew.
    return true;
  }
}

async function clusterTokens(files: StateFiles): Promise<ClusterToken[]> {
  const text = await textOf(files.clusterTokens);
  if (text !== undefined) return JSON.parse(text) as ClusterToken[];
  const made = ['fairway-control-plane', 'fairway-gateway'].map((user) => ({ token: newToken('fwc'), user, groups: ['system:masters'] }));
  await writeFileAtomic(files.clusterTokens, `${JSON.stringify(made)}\n`);
  return made;
}

/** A kubeconfig as JSON, which is YAML too. */
export function kubeconfig(of: {
  name: string;
  server: string;
  authority: string;
  user: string;
  token: string;
  namespace?: string;
}): string {
  const { name, server, authority, user, token, namespace } = of;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, ...(namespace === undefined ? {} : { namespace }) } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
