import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

export type Scripted = (request: IncomingMessage & { text: string; query: URLSearchParams }, response: ServerResponse) => void;

/** A loopback server that answers as a test says. Its sockets are closed when the test ends. */
export async function scriptedCluster(t: TestContext, answer: Scripted): Promise<{ server: string; requests: string[] }> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push(`${request.method} ${request.url}`);
      const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
      answer(Object.assign(request, { text: Buffer.concat(chunks).toString('utf8'), query }), response);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(
    () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  );
  return { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export const json = (response: ServerResponse, code: number, body: unknown): void => {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

export const pods = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: [],
  categories: [],
  namespaced: true,
  schema: {},
  hasStatus: true,
  selectableFields: [],
  columns: [],
  subresources: [],
} as const;

export const podAt = (name: string, resourceVersion: string, uid = `uid-${name}`) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid, resourceVersion },
});

export const podList = (resourceVersion: string, items: readonly unknown[], next?: string) => ({
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion, ...(next === undefined ? {} : { continue: next }) },
  items,
});

export const eventLine = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

/** Waits for a state, at most five seconds. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
