import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A control plane as a build sees it: Git over the real `git http-backend`, and a registry in memory. Both ask for the token. */
export interface FixtureServer {
  url: string;
  token: string;
  blobs: Map<string, Buffer>;
  /** By repository and tag or digest. */
  manifests: Map<string, Buffer>;
  /** `Authorization` headers of requests to Git. */
  gitCredentials: Set<string>;
  /** Counts down: so many of the next registry requests lose their connection. */
  dropped: { count: number };
  /** The same for Git. */
  droppedFetches: { count: number };
  close(): Promise<void>;
}

export async function startFixtureServer(gitRoot: string): Promise<FixtureServer> {
  const token = 'fixture-token-0123456789';
  const expected = `Basic ${Buffer.from(`token:${token}`).toString('base64')}`;
  const state = { blobs: new Map<string, Buffer>(), manifests: new Map<string, Buffer>(), gitCredentials: new Set<string>() };
  const dropped = { count: 0 };
  const droppedFetches = { count: 0 };
  const server = createServer((request, response) => {
    if (request.headers.authorization !== undefined && request.url?.startsWith('/git/'))
      state.gitCredentials.add(request.headers.authorization);
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="fixture"' }).end();
    } else if (request.url?.startsWith('/git/') && droppedFetches.count > 0) {
      droppedFetches.count -= 1;
      request.socket.destroy();
    } else if (request.url?.startsWith('/git/')) serveGit(gitRoot, request, response);
    else if (dropped.count > 0) {
      dropped.count -= 1;
      request.socket.destroy();
    } else serveRegistry(state, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...state,
    dropped,
    droppedFetches,
    token,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function serveGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://fixture');
  const child = spawn('git', ['http-backend'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname.slice('/git'.length),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.once('close', () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf('\r\n\r\n');
    for (const line of all.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/);
      if (name === 'Status') response.statusCode = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.end(all.subarray(end + 4));
  });
}

async function serveRegistry(
  state: Pick<FixtureServer, 'blobs' | 'manifests'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fixture');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const [, repository = '', kind = '', rest = ''] = /^\/v2\/(.+)\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
  const answer = (status: number, headers: Record<string, string> = {}) => response.writeHead(status, headers).end();
  if (request.method === 'HEAD') answer(state.blobs.has(rest) ? 200 : 404);
  else if (request.method === 'POST') answer(202, { location: `/v2/${repository}/blobs/uploads/session?state=1` });
  else if (kind === 'blobs' && url.searchParams.get('digest') === digest) {
    state.blobs.set(digest, body);
    answer(201);
  } else if (kind === 'manifests') {
    state.manifests.set(`${repository}:${rest}`, body).set(`${repository}@${digest}`, body);
    answer(201, { 'docker-content-digest': digest });
  } else answer(400);
}
