import { BuildFailure } from '../build-failure.ts';
import { type Image, manifestMediaType } from '../pack/image.ts';
import { createRegistryClient, type RegistryAnswer, type RegistryRequest, type SendToRegistry, withRetries } from './registry-client.ts';

export interface PushRequest {
  image: Image;
  /** Address of the server; the registry lies below its `/v2/`. */
  registry: URL;
  /** `ORG/PROJECT/NAME`. */
  repository: string;
  /** A further name of the image, for people: the commit. */
  tag: string;
  token: string;
  log: (line: string) => void;
  signal: AbortSignal;
}

/** Uploads an image by the OCI distribution protocol: blobs that are absent first, the manifest last, so that it never names what is not there. */
export async function pushImage(request: PushRequest): Promise<void> {
  const { image, registry, repository, signal } = request;
  const target: Target = {
    base: new URL(`/v2/${repository}/`, registry),
    repository,
    host: registry.host,
    send: createRegistryClient({ token: request.token, signal }),
    signal,
  };
  for (const layer of image.layers) {
    const isNew = await pushBlob(target, layer.digest, { file: layer.file, size: layer.size });
    request.log(`${layer.digest} ${isNew ? `${megabytes(layer.size)} sent` : 'is there already'}`);
  }
  await pushBlob(target, image.config.digest, image.config.bytes);
  const manifest = { method: 'PUT' as const, headers: { 'content-type': manifestMediaType }, body: image.manifest };
  const answer = await sendTo(target, { ...manifest, url: new URL(`manifests/${request.tag}`, target.base) });
  if (answer.status !== 201) throw refused(target, 'the manifest', answer);
  const stored = answer.headers['docker-content-digest'];
  if (stored !== undefined && stored !== image.digest) {
    throw new BuildFailure('push', `${target.host} stored another digest than the one that was sent: something between changes the data`);
  }
}

interface Target {
  base: URL;
  repository: string;
  host: string;
  send: SendToRegistry;
  signal: AbortSignal;
}

async function pushBlob(target: Target, digest: string, body: NonNullable<RegistryRequest['body']>): Promise<boolean> {
  const head = await sendTo(target, { method: 'HEAD', url: new URL(`blobs/${digest}`, target.base) });
  if (head.status === 200) return false;
  if (head.status !== 404) throw refused(target, digest, head);
  const done = await repeat(target, () => uploadBlob(target, digest, body));
  if (done.status !== 201) throw refused(target, digest, done);
  return true;
}

async function uploadBlob(target: Target, digest: string, body: NonNullable<RegistryRequest['body']>): Promise<RegistryAnswer> {
  const start = await target.send({ method: 'POST', url: new URL('blobs/uploads/', target.base) });
  if (start.status !== 202 || start.headers.location === undefined) return start;
  const upload = new URL(start.headers.location, target.base);
  // The token goes to the registry that it is meant for, wherever the answer points.
  if (upload.origin !== target.base.origin)
    throw new BuildFailure('push', `${target.host} sends uploads to another server, which is not followed`);
  upload.searchParams.set('digest', digest);
  return target.send({ method: 'PUT', url: upload, headers: { 'content-type': 'application/octet-stream' }, body });
}

const sendTo = (target: Target, request: RegistryRequest): Promise<RegistryAnswer> => repeat(target, () => target.send(request));

async function repeat(target: Target, work: () => Promise<RegistryAnswer>): Promise<RegistryAnswer> {
  try {
    return await withRetries(work, target.signal);
  } catch (cause) {
    if (cause instanceof BuildFailure) throw cause;
    if (target.signal.aborted) throw new BuildFailure('push', 'The build was canceled while the image was sent', { cause });
    const line = `${target.host}: ${(cause as Error).message}`;
    throw new BuildFailure('push', `The registry at ${target.host} cannot be reached: see that the control plane runs, then build again`, {
      line,
      cause,
    });
  }
}

function refused(target: Target, what: string, answer: RegistryAnswer): BuildFailure {
  const next =
    answer.status === 401 || answer.status === 403
      ? `The token of this build may not push to ${target.repository}: build again for a fresh one`
      : `The registry at ${target.host} refused ${what} with status ${answer.status}`;
  return new BuildFailure('push', next, { line: `${answer.status} ${registryMessage(answer.text)}`.trim() });
}

function registryMessage(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors?: { code?: string; message?: string }[] };
    return `${errors?.[0]?.code ?? ''} ${errors?.[0]?.message ?? ''}`.trim();
  } catch {
    return '';
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
