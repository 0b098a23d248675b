import { randomBytes } from 'node:crypto';
import { Agent, createServer, type IncomingMessage, type RequestListener, type RequestOptions, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { silentLog } from '@fairway/resources/log';
import { systemClock } from '@fairway/resources/model';
import { createFigures } from '../figures.ts';
import { createDataPath, type DataPath } from '../proxy/data-path.ts';
import { createIdentify } from '../proxy/identify-request.ts';
import { defaultLimits, type Limits } from '../proxy/limits.ts';

export const listen = async (server: NetServer, port = 0): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

/** A real application on loopback that ends with the test. */
export async function startUpstream(t: TestContext, handler: RequestListener, port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer(handler);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const taken = await listen(server, port);
  t.after(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return { server, port: taken };
}

export interface TestGateway {
  path: DataPath;
  port: number;
  figures: ReturnType<typeof createFigures>;
  idlePods: string[];
}

export async function startDataPath(t: TestContext, limits: Partial<Limits> = {}): Promise<TestGateway> {
  const idlePods: string[] = [];
  const figures = createFigures();
  const path = createDataPath({
    limits: { ...defaultLimits, ...limits },
    identify: createIdentify(randomBytes),
    figures,
    log: silentLog,
    trustForwarded: false,
    installation: '1',
    elapsed: () => performance.now(),
    clock: systemClock,
    random: Math.random,
    onPodIdle: (podUid) => idlePods.push(podUid),
  });
  const port = await listen(path.server);
  t.after(() => path.stop(0));
  return { path, port, figures, idlePods };
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  trailers: IncomingMessage['trailers'];
  text: string;
}

export async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    trailers: response.trailers,
    text: Buffer.concat(chunks).toString(),
  };
}

/** One request to the gateway for a host, read to its end. */
export function ask(port: number, host: string, options: RequestOptions & { body?: string | Buffer } = {}): Promise<Answer> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, agent: false, ...rest, headers: { host, ...rest.headers } }, (response) => {
      readAnswer(response).then(resolve, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Sends bytes as they are and answers everything that comes back until the other side closes. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(received));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(received) : reject(error)));
  });
}

export const keepAliveAgent = (t: TestContext, maxSockets = 8): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets });
  t.after(() => agent.destroy());
  return agent;
};

/** Waits for a state, at most `limitMs`. */
export async function until(isTrue: () => boolean, what: string, limitMs = 5_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
