import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Caller, invalid, notFound, Problem } from '@fairway/resources/model';
import type { Artifacts } from '#domains/artifacts';
import type { ImagePermission } from './authorize-image.ts';
import { serveBlob, serveUpload, startUpload } from './blob-requests.ts';
import { serveManifest, serveTags } from './manifest-requests.ts';

export interface RegistryHandlerDependencies {
  artifacts: Artifacts;
  /** Throws a Problem unless the caller may do this with the image. */
  authorize(caller: Caller, permission: ImagePermission, repository: string): void | Promise<void>;
}

/** One request below /v2/ of an authenticated caller. Writes the answer itself; throws Problems that `renderProblem` words. */
export type RegistryHandler = (request: IncomingMessage, response: ServerResponse, context: { caller: Caller }) => Promise<void>;

/** What all requests about one image share. */
export interface ImageRequest {
  request: IncomingMessage;
  response: ServerResponse;
  artifacts: Artifacts;
  /** ORGANIZATION/PROJECT/NAME, as the caller wrote it; the domain checks it. */
  repository: string;
  query: URLSearchParams;
  /** May the caller do this here, or with another image? */
  authorize(permission: ImagePermission, repository?: string): Promise<void>;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
}

// Three parts first: an image may be called "tags" or "blobs". Other counts get through to the domain, which says what is wrong with them.
const imageAddress = /^\/v2\/([^/]+\/[^/]+\/[^/]+)\/(manifests|blobs|tags)\/(.*)$/;
const anyAddress = /^\/v2\/(.+?)\/(manifests|blobs|tags)\/(.*)$/;

/** Makes the handler of OCI distribution requests. */
export function createRegistryHandler({ artifacts, authorize }: RegistryHandlerDependencies): RegistryHandler {
  return async (request, response, { caller }) => {
    const url = new URL(request.url ?? '/', 'http://registry');
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    if (url.pathname === '/v2/' || url.pathname === '/v2') {
      allow(request, ['GET', 'HEAD']);
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': 2 })
        .end(request.method === 'HEAD' ? undefined : '{}');
      return;
    }
    const match = imageAddress.exec(url.pathname) ?? anyAddress.exec(url.pathname);
    if (match === null) throw new Problem({ reason: 'not-found', message: 'no such address below /v2/', code: 'NAME_UNKNOWN' });
    const [, repository = '', kind = '', rest = ''] = match;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const image: ImageRequest = {
      request,
      response,
      artifacts,
      repository,
      query: url.searchParams,
      authorize: async (permission, other = repository) => authorize(caller, permission, other),
      signal: gone.signal,
    };
    await route(image, kind, decode(rest));
  };
}

function route(image: ImageRequest, kind: string, rest: string): Promise<void> {
  const { request } = image;
  if (kind === 'tags') {
    if (rest !== 'list') throw notFound('Address', `tags/${rest}`);
    allow(request, ['GET']);
    return serveTags(image);
  }
  if (kind === 'manifests') {
    allow(request, ['GET', 'HEAD', 'PUT', 'DELETE']);
    return serveManifest(image, rest);
  }
  if (rest === 'uploads/' || rest === 'uploads') {
    allow(request, ['POST']);
    return startUpload(image);
  }
  if (rest.startsWith('uploads/')) {
    allow(request, ['GET', 'PATCH', 'PUT', 'DELETE']);
    return serveUpload(image, rest.slice('uploads/'.length));
  }
  allow(request, ['GET', 'HEAD']);
  return serveBlob(image, rest);
}

function allow({ method = '' }: IncomingMessage, methods: readonly string[]): void {
  if (methods.includes(method)) return;
  throw invalid(`${method} is not served here: only ${methods.join(', ')}`, [], { code: 'METHOD_NOT_ALLOWED' });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid('the address is not percent-encoded UTF-8', [], { code: 'NAME_INVALID', cause });
  }
}
