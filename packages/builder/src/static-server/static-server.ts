/**
 * The server that the builder adds to static sites. It becomes one file of the image, so it imports nothing of ours and runs on Node 20;
 * `generate.ts` beside it writes `generated/static-server.json` from it.
 */
import { createHash } from 'node:crypto';
import { createReadStream, realpathSync, type Stats, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const root = realpathSync(join(fileURLToPath(import.meta.url), '..', '..', 'public'));
const types: Readonly<Record<string, string>> = {
  '.avif': 'image/avif',
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
};

interface Found {
  file: string;
  stat: Stats;
}

/** The regular file behind a path, below the root also after all links. */
function findFile(path: string): Found | 'folder' | undefined {
  try {
    const file = realpathSync(join(root, path));
    if (file !== root && !file.startsWith(root + sep)) return undefined;
    const stat = statSync(file);
    if (stat.isDirectory()) return 'folder';
    return stat.isFile() ? { file, stat } : undefined;
  } catch {
    return undefined;
  }
}

function decodePath(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.split(/[?#]/)[0] ?? '/');
    const parts = path.split('/');
    // Hidden files (.env, .git) were put there by accident; what begins with .well-known is meant to be seen.
    const isHidden = parts.some((part) => part.startsWith('.') && part !== '.well-known');
    return path.startsWith('/') && !path.includes('\0') && !path.includes('\\') && !isHidden ? path : undefined;
  } catch {
    return undefined;
  }
}

/** One range of bytes; undefined for none or for a form that may be ignored; 'none' when it cannot be satisfied. */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | 'none' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(size - 1, Number(match[2]));
  return start > end || start >= size ? 'none' : { start, end };
}

const maxTags = 10_000;
const tags = new Map<string, Promise<string>>();

/** The tag is a hash of the content: files of an image have no times, and an image never changes, so it is computed once a file. */
function tagOf(file: string): Promise<string> {
  const known = tags.get(file);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  const tag = pipeline(createReadStream(file), hash).then(() => `"${hash.digest('base64url').slice(0, 27)}"`);
  tag.catch(() => tags.delete(file));
  if (tags.size >= maxTags) tags.clear();
  tags.set(file, tag);
  return tag;
}

async function sendFile(request: IncomingMessage, response: ServerResponse, { file, stat }: Found, status = 200): Promise<void> {
  const etag = await tagOf(file);
  response.setHeader('ETag', etag);
  response.setHeader('Content-Type', types[extname(file).toLowerCase()] ?? 'application/octet-stream');
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Accept-Ranges', 'bytes');
  if (status === 200 && request.headers['if-none-match']?.split(/\s*,\s*/).includes(etag)) {
    response.writeHead(304).end();
    return;
  }
  const range = status === 200 ? parseRange(request.headers.range, stat.size) : undefined;
  if (range === 'none') {
    response.writeHead(416, { 'Content-Range': `bytes */${stat.size}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: stat.size - 1 };
  response.setHeader('Content-Length', end - start + 1);
  if (range !== undefined) response.setHeader('Content-Range', `bytes ${start}-${end}/${stat.size}`);
  response.writeHead(range === undefined ? status : 206);
  if (request.method === 'HEAD' || stat.size === 0) {
    response.end();
    return;
  }
  const stream = createReadStream(file, { start, end });
  stream.once('error', () => response.destroy());
  response.once('close', () => stream.destroy());
  stream.pipe(response);
}

function sendText(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }).end(`${text}\n`);
}

const isFile = (found: Found | 'folder' | undefined): found is Found => typeof found === 'object';

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 405, 'Only GET and HEAD', { Allow: 'GET, HEAD' });
  const url = request.url ?? '/';
  const path = decodePath(url);
  if (path === undefined) return sendText(response, 404, 'Not found');
  const found = findFile(path);
  if (found === 'folder' && !path.endsWith('/')) {
    // Relative links of the page need the slash. Two leading slashes would name another host.
    const location = (url.split(/[?#]/)[0] ?? '').replace(/^\/+/, '/');
    return sendText(response, 301, 'Moved', { Location: `${location}/` });
  }
  const page = found === 'folder' ? findFile(`${path}index.html`) : (found ?? findFile(`${path}.html`));
  if (isFile(page)) return sendFile(request, response, page);
  const missing = findFile('/404.html');
  if (isFile(missing)) return sendFile(request, response, missing, 404);
  // A page of a single-page application has no file: the browser asks for HTML by a name without an extension.
  const index = findFile('/index.html');
  const wantsPage = extname(path) === '' && (request.headers.accept ?? '').includes('text/html');
  if (wantsPage && isFile(index)) return sendFile(request, response, index);
  return sendText(response, 404, 'Not found');
}

const server = createServer((request, response) => {
  // A file that cannot be read after all: the connection ends, the server goes on.
  handle(request, response).catch(() => response.destroy());
});
server.keepAliveTimeout = 75_000;
server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? '0.0.0.0');
const stop = (): void => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
