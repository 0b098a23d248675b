import { pipeline } from 'node:stream/promises';
import { invalid, Problem } from '@fairway/resources/model';
import type { ByteRange } from '#domains/artifacts';
import type { ImageRequest } from './registry-handler.ts';

/** HEAD and GET of a blob, whole or in part. */
export async function serveBlob(image: ImageRequest, digest: string): Promise<void> {
  const { artifacts, repository, request, response, signal } = image;
  await image.authorize('artifacts.image.read');
  const size = await artifacts.blobSize(repository, digest);
  if (size === undefined)
    throw new Problem({ reason: 'not-found', message: `blob ${digest} is not in ${repository}`, code: 'BLOB_UNKNOWN' });
  response.setHeader('docker-content-digest', digest);
  response.setHeader('etag', `"${digest}"`);
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('content-type', 'application/octet-stream');
  const range = parseRange(request.headers.range, size);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${size}`, 'content-length': 0 }).end();
    return;
  }
  const length = range === undefined ? size : range.end - range.start + 1;
  const status = range === undefined ? 200 : 206;
  if (range !== undefined) response.setHeader('content-range', `bytes ${range.start}-${range.end}/${size}`);
  if (request.method === 'HEAD' || length === 0) {
    response.writeHead(status, { 'content-length': length }).end();
    return;
  }
  const blob = await artifacts.openBlob(repository, digest, range);
  response.writeHead(status, { 'content-length': length });
  await pipeline(blob, response, { signal }).catch(ignoreGoneClient(signal));
}

/** POST of an upload: begins one, takes the whole blob at once, or mounts it from another image. */
export async function startUpload(image: ImageRequest): Promise<void> {
  const { artifacts, repository, query } = image;
  await image.authorize('artifacts.image.push');
  const mount = query.get('mount');
  const from = query.get('from');
  if (mount !== null && from !== null && (await mountBlob(image, mount, from))) return;
  const upload = await artifacts.startUpload(repository);
  const digest = query.get('digest');
  if (digest === null) return answerUpload(image, upload, { status: 202, size: 0 });
  await finish(image, upload, digest);
}

/** A blob of another image, if the caller may read that one; otherwise the client uploads, as the specification has it. */
async function mountBlob(image: ImageRequest, digest: string, from: string): Promise<boolean> {
  try {
    await image.authorize('artifacts.image.read', from);
  } catch {
    return false;
  }
  if (!(await image.artifacts.mountBlob({ from, to: image.repository, digest }))) return false;
  answerCreated(image, digest);
  return true;
}

/** GET, PATCH, PUT and DELETE of one upload. */
export async function serveUpload(image: ImageRequest, upload: string): Promise<void> {
  const { artifacts, repository, request, response, query } = image;
  await image.authorize('artifacts.image.push');
  if (request.method === 'GET') return answerUpload(image, upload, { status: 204, size: await artifacts.uploadSize(repository, upload) });
  if (request.method === 'DELETE') {
    await artifacts.cancelUpload(repository, upload);
    response.writeHead(204).end();
    return;
  }
  if (request.method === 'PATCH') return answerUpload(image, upload, { status: 202, size: await append(image, upload) });
  const digest = query.get('digest');
  if (digest === null) throw invalid('the last request of an upload names the digest: ?digest=sha256:…', [], { code: 'DIGEST_INVALID' });
  await finish(image, upload, digest);
}

async function finish(image: ImageRequest, upload: string, digest: string): Promise<void> {
  await append(image, upload);
  await image.artifacts.finishUpload(image.repository, upload, digest);
  answerCreated(image, digest);
}

function append({ artifacts, repository, request, signal }: ImageRequest, upload: string): Promise<number> {
  const header = request.headers['content-range'];
  const start = /^(?:bytes )?(\d+)-\d+(?:\/(?:\d+|\*))?$/.exec(header ?? '')?.[1];
  if (header !== undefined && start === undefined)
    throw invalid('Content-Range is not of the form START-END', [], { code: 'RANGE_INVALID' });
  return artifacts.appendUpload({ repository, upload, source: request, signal, ...(start === undefined ? {} : { at: Number(start) }) });
}

function answerUpload({ response, repository }: ImageRequest, upload: string, { status, size }: { status: number; size: number }): void {
  response.writeHead(status, {
    location: `/v2/${repository}/blobs/uploads/${upload}`,
    // The specification's form for an empty upload is 0-0 as well.
    range: `0-${Math.max(0, size - 1)}`,
    'docker-upload-uuid': upload,
    ...(status === 204 ? {} : { 'content-length': 0 }),
  });
  response.end();
}

function answerCreated({ response, repository }: ImageRequest, digest: string): void {
  response.writeHead(201, { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest, 'content-length': 0 }).end();
}

function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const isSuffix = match[1] === '';
  const start = isSuffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = isSuffix || match[2] === '' ? size - 1 : Math.min(size - 1, Number(match[2]));
  return start > end || start >= size ? 'unsatisfiable' : { start, end };
}

/** A client that hangs up in the middle of a download is no error of ours. */
const ignoreGoneClient = (signal: AbortSignal) => (error: unknown) => {
  if (!signal.aborted) throw error;
};
