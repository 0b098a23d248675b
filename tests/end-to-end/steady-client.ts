import { randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

export interface Tally {
  requests: number;
  /** Answers by the release that gave them. */
  byRelease: Record<string, number>;
  /** What was no answer of the application, in words. At most the first hundred. */
  failures: string[];
  streamEvents: number;
  socketEchoes: number;
}

export interface SteadyClient {
  readonly tally: Tally;
  /** Ends the load, waits for what is in flight, and answers the tally. */
  stop(): Promise<Tally>;
}

const everyMs = 25;
const requestLimitMs = 20_000;
const maxFailures = 100;

/** A client that never stops asking an application: keep-alive and new connections, bodies in flight, one WebSocket and one event stream. */
export function startSteadyClient(url: string): SteadyClient {
  const { host, port } = new URL(url);
  const tally: Tally = { requests: 0, byRelease: {}, failures: [], streamEvents: 0, socketEchoes: 0 };
  const stop = new AbortController();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const target = { host: '127.0.0.1', port: Number(port), headers: { host } };
  const context: Context = { target, agent, tally, signal: stop.signal };
  const loops = [
    ...Array.from({ length: 6 }, () => repeat(context, 'keep-alive GET', () => ask(context, { agent }))),
    ...Array.from({ length: 3 }, () => repeat(context, 'new connection GET', () => ask(context, { agent: false }))),
    ...Array.from({ length: 4 }, () => repeat(context, 'POST', () => ask(context, { agent, body: true }))),
    repeat(context, 'event stream', () => readEvents(context)),
    repeat(context, 'short event stream', () => readEvents(context, 1_500)),
    repeat(context, 'WebSocket', () => holdSocket(context)),
    repeat(context, 'short WebSocket', () => holdSocket(context, 1_500)),
  ];
  return {
    tally,
    stop: async () => {
      stop.abort();
      await Promise.all(loops);
      agent.destroy();
      return tally;
    },
  };
}

interface Context {
  target: { host: string; port: number; headers: { host: string } };
  agent: Agent;
  tally: Tally;
  signal: AbortSignal;
}

async function repeat({ tally, signal }: Context, what: string, once: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await once().catch((error: Error) => {
      if (tally.failures.length < maxFailures) tally.failures.push(`${new Date().toISOString()} ${what}: ${error.message}`);
    });
    await delay(everyMs, undefined, { signal }).catch(() => {});
  }
}

/** Counts an answer of the application; any other is a failure. */
function count({ tally }: Context, { statusCode, headers }: IncomingMessage, wanted: number): void {
  const release = headers['x-release'];
  if (statusCode !== wanted || typeof release !== 'string') throw new Error(`answered ${statusCode} by ${release ?? 'somebody else'}`);
  tally.requests += 1;
  tally.byRelease[release] = (tally.byRelease[release] ?? 0) + 1;
}

async function ask(context: Context, { agent, body = false }: { agent: Agent | false; body?: boolean }): Promise<void> {
  const path = body ? '/echo' : '/';
  // A request that is under way when the load ends is still waited for: it must be answered too.
  const asked = request({ ...context.target, path, method: body ? 'POST' : 'GET', agent, timeout: requestLimitMs });
  const answered = new Promise<string>((resolve, reject) => {
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${requestLimitMs} ms`)));
    asked.once('error', reject);
    asked.once('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.once('error', reject);
      answer.once('end', () => {
        try {
          count(context, answer, 200);
          resolve(text);
        } catch (error) {
          reject(new Error(`${(error as Error).message}: ${text.slice(0, 300)}`));
        }
      });
    });
  });
  answered.catch(() => {});
  let sent = 0;
  if (body)
    for (let part = 0; part < 4; part += 1) {
      asked.write(Buffer.alloc(2_000, 'x'));
      sent += 2_000;
      await delay(40);
    }
  asked.end();
  const { bytes } = JSON.parse(await answered) as { bytes: number };
  if (bytes !== sent) throw new Error(`${bytes} of ${sent} bytes arrived`);
}

/** Reads events until the application ends the stream, or for a while. A stream that breaks off is a failure. */
function readEvents(context: Context, forMs?: number): Promise<void> {
  const until = forMs === undefined ? context.signal : AbortSignal.any([context.signal, AbortSignal.timeout(forMs)]);
  return new Promise<void>((resolve, reject) => {
    const asked = request({ ...context.target, path: '/events', agent: false });
    const leave = (): void => {
      resolve();
      asked.destroy();
    };
    until.addEventListener('abort', leave, { once: true });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      try {
        count(context, answer, 200);
      } catch (error) {
        reject(error);
      }
      answer.setEncoding('utf8').on('data', () => {
        context.tally.streamEvents += 1;
      });
      answer.once('error', reject);
      answer.once('end', resolve);
    });
    asked.end();
  });
}

/** Sends a text every few milliseconds and expects it back, until the application closes, or for a while. */
function holdSocket(context: Context, forMs?: number): Promise<void> {
  const until = forMs === undefined ? context.signal : AbortSignal.any([context.signal, AbortSignal.timeout(forMs)]);
  return new Promise((resolve, reject) => {
    const headers = {
      ...context.target.headers,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    };
    const asked = request({ ...context.target, path: '/socket', headers, agent: false });
    asked.once('error', reject);
    asked.once('response', (answer) => {
      answer.resume();
      reject(new Error(`answered ${answer.statusCode} instead of 101`));
    });
    asked.once('upgrade', (answer, socket) => {
      try {
        count(context, answer, 101);
        echo(context, socket, until).then(resolve, reject);
      } catch (error) {
        reject(error);
      }
    });
    asked.end();
  });
}

const frame = (opcode: number, content: string): Buffer =>
  // A mask of zeroes is a mask: the text stays readable in the capture of a failure.
  Buffer.concat([Buffer.from([0x80 + opcode, 0x80 + content.length, 0, 0, 0, 0]), Buffer.from(content)]);

async function echo({ tally }: Context, socket: Duplex, until: AbortSignal): Promise<void> {
  let received = '';
  let isClosedByApplication = false;
  let broken: Error | undefined;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    if (chunk.includes(0x88)) isClosedByApplication = true;
  });
  socket.once('error', (error) => {
    broken = error;
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', resolve);
  });
  let number = 0;
  while (!until.aborted && !socket.destroyed && !socket.readableEnded && !isClosedByApplication) {
    number += 1;
    const text = `echo ${number};`;
    socket.write(frame(1, text));
    const deadline = Date.now() + requestLimitMs;
    while (!received.includes(text) && !socket.destroyed && !socket.readableEnded && !isClosedByApplication) {
      if (Date.now() > deadline) throw new Error(`${text} did not come back`);
      await delay(5);
    }
    if (received.includes(text)) tally.socketEchoes += 1;
    received = '';
    await delay(everyMs);
  }
  if (isClosedByApplication || until.aborted) {
    socket.end(frame(8, ''));
    const limit = setTimeout(() => socket.destroy(), 2_000);
    await closed;
    clearTimeout(limit);
    return;
  }
  throw new Error(`the connection broke off: ${broken?.message ?? 'without a closing frame'}`);
}
