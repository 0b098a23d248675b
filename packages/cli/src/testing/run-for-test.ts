import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { runCli } from '../run-cli.ts';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  input?: string;
  signal?: AbortSignal;
}

const checkout = resolve(import.meta.dirname, '../../../..');

/** A folder for one test, removed at its end. */
export function temporaryFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-cli-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs one command line in this process: no terminal, a state folder of its own, nothing of the caller's environment. */
export async function runForTest(test: TestContext, argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const folder = temporaryFolder(test);
  const stdout = sink();
  const stderr = sink();
  const code = await runCli({
    argv,
    cwd: options.cwd ?? folder,
    checkout,
    home: folder,
    stdout: stdout.stream,
    stderr: stderr.stream,
    stdin: Readable.from(options.input === undefined ? [] : [options.input]),
    env: { FAIRWAY_HOME: join(folder, 'state'), PATH: process.env.PATH, ...options.env },
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function sink(): { stream: Writable; text: () => string } {
  let text = '';
  const stream = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}

export interface Reply {
  status?: number;
  body?: unknown;
  text?: string;
}

/** A platform that answers from a table: `METHOD /path` (without the query) to a reply; anything else is absent, lists are empty. */
export async function servePlatform(
  test: TestContext,
  replies: Readonly<Record<string, Reply | ((body: string, query: URLSearchParams) => Reply)>>,
): Promise<{ env: Record<string, string>; calls: { method: string; path: string; body: string }[] }> {
  const calls: { method: string; path: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    calls.push({ method: request.method ?? '', path: pathname, body });
    const known = replies[`${request.method} ${pathname}`] ?? defaultReply(request.method, pathname);
    const reply = typeof known === 'function' ? known(body, searchParams) : known;
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', 'x-request-id': 'req-1' });
    if (searchParams.get('watch') === 'true') response.write(reply.text ?? '');
    else response.end(reply.text ?? JSON.stringify(reply.body ?? {}));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  test.after(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { env: { FAIRWAY_HOST: host, FAIRWAY_TOKEN: 'a-token' }, calls };
}

// Kinds end in s; the word behind it is an object's name.
const defaultReply = (method: string | undefined, path: string): Reply =>
  method === 'GET' && /\/[a-z]+s$/.test(path)
    ? { body: { items: [], metadata: { resourceVersion: '1' } } }
    : { status: 404, body: { kind: 'Status', message: 'absent', reason: 'NotFound', code: 404 } };
