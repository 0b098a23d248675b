import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Problem, unavailable } from '@fairway/resources/model';
import type { ImageReference } from './image-reference.ts';
import { openFromRegistry, readBody } from './registry-request.ts';

export interface RegistryCredentials {
  username: string;
  password: string;
}

/** What is downloaded: digest and size are checked. */
export interface Descriptor {
  digest: string;
  size: number;
  mediaType: string;
  annotations?: Readonly<Record<string, string>>;
  platform?: { os?: string; architecture?: string };
}

export interface RegistryClient {
  /** The manifest's bytes, verified against the digest if the reference has one. */
  manifest(reference: string): Promise<{ bytes: Buffer; digest: string }>;
  /** A small blob, verified. */
  blob(descriptor: Descriptor): Promise<Buffer>;
  /** A blob as a file, verified. A file that does not fit its digest is the caller's to remove. */
  download(descriptor: Descriptor, path: string): Promise<void>;
}

export interface RegistryClientOptions {
  image: ImageReference;
  /** Address of the registry, from the mirror table or the host itself. */
  origin: string;
  credentials?: RegistryCredentials;
  signal: AbortSignal;
}

const maxManifestBytes = 4 * 1024 * 1024;
const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const corrupt = (digest: string, found: string): Problem =>
  new Problem({
    reason: 'unavailable',
    message: `blob ${digest} is corrupt: what the registry sent is ${found}. Nothing of it was kept; build the component again, or push the image again`,
  });

/** The challenge's words: `Bearer realm="…",service="…",scope="…"`. */
const parseChallenge = (header: string): { scheme: string; words: Record<string, string> } => {
  const words: Record<string, string> = {};
  for (const [, name = '', value = ''] of header.matchAll(/(\w+)="([^"]*)"/g)) words[name] = value;
  return { scheme: (header.trim().split(/\s/)[0] ?? '').toLowerCase(), words };
};

const basic = ({ username, password }: RegistryCredentials): string => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

async function bearer(
  words: Readonly<Record<string, string>>,
  { image, origin, credentials, signal }: RegistryClientOptions,
): Promise<string> {
  const url = new URL(words.realm ?? '', origin);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw unavailable(`registry ${origin} names no HTTP address for tokens`);
  if (words.service !== undefined) url.searchParams.set('service', words.service);
  url.searchParams.set('scope', words.scope ?? `repository:${image.repository}:pull`);
  const response = await openFromRegistry({ url, headers: credentials === undefined ? {} : { authorization: basic(credentials) }, signal });
  const body = await readBody(response, maxManifestBytes);
  const answer = response.statusCode === 200 ? (JSON.parse(body.toString('utf8')) as { token?: unknown; access_token?: unknown }) : {};
  const token = answer.token ?? answer.access_token;
  if (typeof token !== 'string') throw refused(image, origin, credentials !== undefined);
  return `Bearer ${token}`;
}

const refused = (image: ImageReference, origin: string, hadCredentials: boolean): Problem =>
  new Problem({
    reason: 'forbidden',
    message: hadCredentials
      ? `registry ${origin} does not accept the credentials of the pull secret for ${image.repository}`
      : `registry ${origin} wants credentials for ${image.repository}: name a Secret of type kubernetes.io/dockerconfigjson in imagePullSecrets`,
  });

const problemOf = (status: number, path: string, { image, origin, credentials }: RegistryClientOptions): Problem => {
  if (status === 401 || status === 403) return refused(image, origin, credentials !== undefined);
  if (status !== 404) return unavailable(`registry ${origin} answered ${status} for ${image.repository}`);
  const [what = '', name = ''] = path.split('/');
  const message = `registry ${origin} has no ${what.slice(0, -1)} ${name} in ${image.repository}: build the component again, or push the image again`;
  return new Problem({ reason: 'not-found', message });
};

/** Fails a stream that is longer than told, and knows its digest at the end. */
const createGauge = (descriptor: Descriptor) => {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream = new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytes += piece.length;
      hash.update(piece);
      if (bytes > descriptor.size) done(corrupt(descriptor.digest, `longer than ${descriptor.size} bytes`));
      else done(null, piece);
    },
  });
  const check = (): void => {
    const digest = `sha256:${hash.digest('hex')}`;
    if (bytes !== descriptor.size) throw corrupt(descriptor.digest, `${bytes} bytes instead of ${descriptor.size}`);
    if (digest !== descriptor.digest) throw corrupt(descriptor.digest, digest);
  };
  return { stream, check };
};

/** Pulls from one repository by the OCI distribution API. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { image, origin, credentials, signal } = options;
  let authorization: string | undefined;

  /** The credentials to try after a 401; a Problem when there is nothing to try. */
  const answerChallenge = async (header: string): Promise<string> => {
    const challenge = parseChallenge(header);
    if (challenge.scheme === 'bearer') return bearer(challenge.words, options);
    if (credentials === undefined) throw refused(image, origin, false);
    return basic(credentials);
  };
  const ask = (path: string, accept: string): Promise<IncomingMessage> => {
    const headers = { accept, ...(authorization === undefined ? {} : { authorization }) };
    return openFromRegistry({ url: new URL(`/v2/${image.repository}/${path}`, origin), headers, signal });
  };
  const get = async (path: string, accept: string): Promise<IncomingMessage> => {
    let response = await ask(path, accept);
    if (response.statusCode === 401) {
      response.destroy();
      authorization = await answerChallenge(response.headers['www-authenticate'] ?? '');
      response = await ask(path, accept);
    }
    if (response.statusCode === 200) return response;
    response.destroy();
    throw problemOf(response.statusCode ?? 0, path, options);
  };
  const readPlain = async (path: string, accept: string): Promise<Buffer> => readBody(await get(path, accept), maxManifestBytes);

  return {
    async manifest(reference) {
      const bytes = await readPlain(`manifests/${reference}`, manifestTypes);
      const digest = digestOf(bytes);
      if (reference.startsWith('sha256:') && digest !== reference) throw corrupt(reference, digest);
      return { bytes, digest };
    },
    async blob(descriptor) {
      const bytes = await readPlain(`blobs/${descriptor.digest}`, '*/*');
      if (digestOf(bytes) !== descriptor.digest) throw corrupt(descriptor.digest, digestOf(bytes));
      return bytes;
    },
    async download(descriptor, path) {
      const response = await get(`blobs/${descriptor.digest}`, '*/*');
      const gauge = createGauge(descriptor);
      await pipeline(response, gauge.stream, createWriteStream(path, { mode: 0o600 }), { signal });
      gauge.check();
    },
  };
}
