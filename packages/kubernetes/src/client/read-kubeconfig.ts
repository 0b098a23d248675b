import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Problem } from '@fairway/resources/model';
import type { ConnectionOptions } from './connection.ts';

interface Named {
  name?: string;
}
interface ClusterEntry extends Named {
  cluster?: {
    server?: string;
    'certificate-authority'?: string;
    'certificate-authority-data'?: string;
    'tls-server-name'?: string;
    'insecure-skip-tls-verify'?: boolean;
    'proxy-url'?: string;
  };
}
interface UserEntry extends Named {
  user?: Record<string, unknown>;
}
interface ContextEntry extends Named {
  context?: { cluster?: string; user?: string; namespace?: string };
}
interface KubeconfigText {
  'current-context'?: string;
  clusters?: ClusterEntry[];
  users?: UserEntry[];
  contexts?: ContextEntry[];
}

export interface Kubeconfig extends ConnectionOptions {
  /** The context that was chosen. */
  context: string;
  /** The context's namespace, if it names one. */
  namespace?: string;
}

const refuse = (message: string): never => {
  throw new Problem({ reason: 'invalid', message });
};

const namedEntry = <E extends Named>(entries: E[] | undefined, name: string | undefined, what: string): E => {
  const found = (Array.isArray(entries) ? entries : []).find((entry) => entry.name === name);
  return found ?? refuse(`the kubeconfig has no ${what} ${JSON.stringify(name ?? '')}: name another context, or complete the file`);
};

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const decoded = (value: unknown): Buffer | undefined => {
  const encoded = text(value);
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
};

// Tokens in files are rotated about once an hour; reading on every request would cost more than it saves.
const tokenKeptMs = 10_000;

function rotatingToken(path: string): () => Promise<string> {
  let token = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const now = performance.now();
    if (now - readAt < tokenKeptMs) return token;
    token = (await readFile(path, 'utf8')).trim();
    readAt = now;
    return token;
  };
}

function refuseUnsupported(user: Record<string, unknown>, name: string): void {
  if (user.exec !== undefined)
    refuse(
      `user ${JSON.stringify(name)} gets its credential by running a program (exec), which is not done here: put a token or a client certificate into the kubeconfig`,
    );
  if (user['auth-provider'] !== undefined)
    refuse(
      `user ${JSON.stringify(name)} uses an auth-provider, which Kubernetes has removed: put a token or a client certificate into the kubeconfig`,
    );
  if (user.username !== undefined)
    refuse(
      `user ${JSON.stringify(name)} uses a name and a password, which Kubernetes has removed: put a token or a client certificate into the kubeconfig`,
    );
}

const present = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };

/** Our own kubeconfigs are JSON, which is YAML too; the parser of the rest is 13 MB that most processes never need. */
async function parseText(content: string): Promise<unknown> {
  try {
    return JSON.parse(content);
  } catch {
    const { parse } = await import('yaml');
    return parse(content, { maxAliasCount: 0 });
  }
}

async function parseConfig(content: string): Promise<KubeconfigText> {
  const config = await parseText(content).catch((cause: Error) => {
    throw new Problem({ reason: 'invalid', message: `the kubeconfig is not YAML: ${cause.message.split('\n')[0]}`, cause });
  });
  return typeof config === 'object' && config !== null ? config : refuse('the kubeconfig is empty');
}

function userOf(config: KubeconfigText, name: string | undefined): Record<string, unknown> {
  if (name === undefined || name === '') return {};
  const user = namedEntry(config.users, name, 'user').user ?? {};
  refuseUnsupported(user, name);
  return user;
}

/**
 * What a kubeconfig says about reaching one cluster. Without `contextName` its current-context is taken. Files that it names are read,
 * relative to `folder` (the folder of the kubeconfig).
 */
export async function readKubeconfig(content: string, contextName?: string, folder = '.'): Promise<Kubeconfig> {
  const config = await parseConfig(content);
  const context = contextName ?? text(config['current-context']) ?? refuse('the kubeconfig has no current-context: name a context');
  const { cluster: clusterName, user: userName, namespace } = namedEntry(config.contexts, context, 'context').context ?? {};
  const cluster = namedEntry(config.clusters, clusterName, 'cluster').cluster ?? {};
  const user = userOf(config, userName);
  if (text(cluster['proxy-url']) !== undefined)
    refuse(`cluster ${JSON.stringify(clusterName)} is behind a proxy-url, which is not supported: reach it directly`);
  const file = async (path: unknown): Promise<Buffer | undefined> => {
    const named = text(path);
    return named === undefined ? undefined : readFile(resolve(folder, named));
  };
  const tokenFile = text(user.tokenFile);
  return {
    context,
    server: text(cluster.server) ?? refuse(`cluster ${JSON.stringify(clusterName)} has no server address`),
    ...present({
      namespace,
      ca: decoded(cluster['certificate-authority-data']) ?? (await file(cluster['certificate-authority'])),
      clientCertificate: decoded(user['client-certificate-data']) ?? (await file(user['client-certificate'])),
      clientKey: decoded(user['client-key-data']) ?? (await file(user['client-key'])),
      token: text(user.token) ?? (tokenFile === undefined ? undefined : rotatingToken(resolve(folder, tokenFile))),
      tlsServerName: text(cluster['tls-server-name']),
      insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true ? true : undefined,
    }),
  };
}
