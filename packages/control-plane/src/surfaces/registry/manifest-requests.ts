import type { IncomingMessage } from 'node:http';
import { invalid, Problem } from '@fairway/resources/model';
import { readBody } from '#http';
import type { ImageRequest } from './registry-handler.ts';

const defaultPage = 100;
const maxPage = 1_000;

/** HEAD, GET, PUT and DELETE of a manifest by tag or digest. */
export async function serveManifest(image: ImageRequest, reference: string): Promise<void> {
  const { request } = image;
  if (request.method === 'PUT') return putManifest(image, reference);
  if (request.method === 'DELETE') return deleteManifest(image, reference);
  const { artifacts, repository, response } = image;
  await image.authorize('artifacts.image.read');
  const manifest = await artifacts.manifest(repository, reference);
  if (manifest === undefined) {
    throw new Problem({ reason: 'not-found', message: `${repository} has no manifest ${reference}`, code: 'MANIFEST_UNKNOWN' });
  }
  response.writeHead(200, {
    'content-type': manifest.mediaType,
    'content-length': manifest.bytes.length,
    'docker-content-digest': manifest.digest,
    etag: `"${manifest.digest}"`,
  });
  response.end(request.method === 'HEAD' ? undefined : manifest.bytes);
}

async function putManifest(image: ImageRequest, reference: string): Promise<void> {
  const { artifacts, repository, request, response } = image;
  await image.authorize('artifacts.image.push');
  const bytes = await readBody(request, artifacts.maxManifestBytes);
  const mediaType = contentType(request);
  const digest = await artifacts.putManifest({ repository, reference, bytes, ...(mediaType === undefined ? {} : { mediaType }) });
  response
    .writeHead(201, { location: `/v2/${repository}/manifests/${digest}`, 'docker-content-digest': digest, 'content-length': 0 })
    .end();
}

function contentType(request: IncomingMessage): string | undefined {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  // Only manifests' own types say something; a client that sends "text/plain" just did not choose one.
  return type?.startsWith('application/vnd.') === true ? type : undefined;
}

async function deleteManifest(image: ImageRequest, reference: string): Promise<void> {
  await image.authorize('artifacts.image.delete');
  await image.artifacts.deleteManifest(image.repository, reference);
  image.response.writeHead(202, { 'content-length': 0 }).end();
}

/** A page of tags, with the address of the next one. */
export async function serveTags(image: ImageRequest): Promise<void> {
  const { artifacts, repository, query, response } = image;
  await image.authorize('artifacts.image.read');
  const asked = query.get('n');
  if (asked !== null && !/^\d{1,9}$/.test(asked)) throw invalid('n is not a number of tags', [], { code: 'UNSUPPORTED' });
  const limit = Math.min(asked === null ? defaultPage : Number(asked), maxPage);
  const last = query.get('last');
  const { tags, isLast } = await artifacts.listTags(repository, { limit, ...(last === null ? {} : { last }) });
  const body = JSON.stringify({ name: repository, tags });
  const next = isLast || tags.length === 0 ? undefined : new URLSearchParams({ n: String(limit), last: tags.at(-1) ?? '' });
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(next === undefined ? {} : { link: `</v2/${repository}/tags/list?${next}>; rel="next"` }),
  });
  response.end(body);
}
