import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const everyMs = 4;
const bodyBytes = 64 * 1024;
// The second half of a body leaves this much later, so that bodies are under way while the instances change.
const bodyPauseMs = 100;
const silentMs = 5_000;
const echoEveryMs = 100;
const maxTold = 5;

export interface RollingResult {
  requests: number;
  /** Messages that came back, and events that came. */
  streamed: number;
  failed: number;
  failures: string[];
  elapsedMs: number;
}

export interface RollingLoad {
  stop(): Promise<RollingResult>;
}

interface Place {
  port: number;
  host: string;
}

interface Watch {
  signal: AbortSignal;
  failed(what: string, why: string): void;
  streamed(): void;
}

const textOf = async (answer: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return text;
};

/** Fails unless the application itself answered, with success. */
const check = (answer: IncomingMessage): void => {
  const byGateway = answer.headers['x-fairway-gateway'] !== undefined ? ' from the gateway' : '';
  if ((answer.statusCode !== 200 && answer.statusCode !== 101) || byGateway !== '')
    throw new Error(`status ${answer.statusCode}${byGateway}`);
};

/** One exchange; `agent: false` opens a connection of its own. */
const exchange = ({ port, host }: Place, of: { agent: Agent | false; post: boolean }): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = of.post ? { host, 'content-length': bodyBytes } : { host };
    const options = { host: '127.0.0.1', port, agent: of.agent, method: of.post ? 'POST' : 'GET', headers, timeout: silentMs };
    const sent = request(options, (answer) => {
      textOf(answer).then((text) => {
        check(answer);
        if (of.post && text !== String(bodyBytes)) throw new Error(`${text} bytes of the body arrived`);
        resolve();
      }, reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('silence')));
    sent.on('error', reject);
    if (!of.post) return void sent.end();
    sent.write(Buffer.alloc(bodyBytes / 2));
    setTimeout(() => sent.end(Buffer.alloc(bodyBytes / 2)), bodyPauseMs);
  });

/** Reads events until told to stop; a stream that ends otherwise than by the application's word has failed. */
const readEvents = async ({ port, host }: Place, watch: Watch): Promise<void> => {
  while (!watch.signal.aborted) {
    await new Promise<void>((resolve) => {
      const fail = (error: Error): void => {
        if (!watch.signal.aborted) watch.failed('event stream', error.message);
        resolve();
      };
      const sent = request({ host: '127.0.0.1', port, agent: false, path: '/events', headers: { host }, timeout: silentMs }, (answer) => {
        let last = '';
        answer.setEncoding('utf8').on('data', (text: string) => {
          last = (last + text).slice(-64);
          watch.streamed();
        });
        answer.once('error', fail);
        answer.once('end', () => (last.includes('event: end') && answer.statusCode === 200 ? resolve() : fail(new Error('it ended'))));
      });
      sent.once('timeout', () => sent.destroy(new Error('silence')));
      sent.once('error', fail);
      watch.signal.addEventListener('abort', () => sent.destroy(), { once: true });
      sent.end();
    });
  }
};

const echo = async (socket: Socket, watch: Watch): Promise<void> => {
  let received = Buffer.alloc(0);
  let isOver = false;
  let why = 'it was cut';
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.on('error', (error) => {
    why = error.message;
  });
  socket.once('close', () => {
    isOver = true;
  });
  const stop = (): void => void socket.destroy();
  watch.signal.addEventListener('abort', stop, { once: true });
  for (let count = 0; !isOver; count += 1) {
    const message = Buffer.from(`message ${String(count).padStart(6, '0')}`);
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | message.length, 0, 0, 0, 0]), message]));
    const until = performance.now() + silentMs;
    const isClosed = (): boolean => received.length >= 2 && received[received.length - 2] === 0x88;
    while (!isOver && !isClosed() && !received.includes(message)) {
      if (performance.now() > until) {
        why = 'silence';
        socket.destroy();
      }
      await pause(10);
    }
    if (isClosed() || watch.signal.aborted) break;
    if (isOver) return watch.failed('WebSocket', why);
    received = Buffer.alloc(0);
    watch.streamed();
    await pause(echoEveryMs);
  }
  socket.destroy();
};

/** Sends messages over a WebSocket and waits for each to come back; opened again when the application closes it. */
const talk = async ({ port, host }: Place, watch: Watch): Promise<void> => {
  const headers = {
    host,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16, 1).toString('base64'),
  };
  while (!watch.signal.aborted) {
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const sent = request({ host: '127.0.0.1', port, agent: false, path: '/socket', headers, timeout: silentMs });
      const fail = (why: string): void => {
        if (!watch.signal.aborted) watch.failed('WebSocket', why);
        resolve(undefined);
      };
      sent.once('upgrade', (_answer, opened) => {
        opened.setTimeout(0);
        resolve(opened);
      });
      sent.once('response', (answer) => fail(`status ${answer.statusCode}`));
      sent.once('timeout', () => sent.destroy(new Error('silence')));
      sent.once('error', (error) => fail(error.message));
      sent.end();
    });
    if (socket !== undefined) await echo(socket, watch);
  }
};

/** At least 200 requests a second over kept and new connections, every third with a body, and beside them one WebSocket and one event stream. */
export const startRollingLoad = (place: Place): RollingLoad => {
  const result: RollingResult = { requests: 0, streamed: 0, failed: 0, failures: [], elapsedMs: 0 };
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const stopping = new AbortController();
  const startedAt = performance.now();
  const running = new Set<Promise<void>>();
  const failed = (what: string, why: string): void => {
    result.failed += 1;
    const atSecond = ((performance.now() - startedAt) / 1_000).toFixed(1);
    if (result.failures.length < maxTold) result.failures.push(`${what} at ${atSecond} s: ${why}`);
  };
  const watch: Watch = {
    signal: stopping.signal,
    failed,
    streamed: () => {
      result.streamed += 1;
    },
  };
  const shapes = [
    { what: 'GET, kept connection', agent, post: false },
    { what: 'GET, new connection', agent: false as const, post: false },
    { what: 'POST, kept connection', agent, post: true },
  ];
  const send = (): void => {
    const shape = shapes[result.requests % shapes.length];
    if (shape === undefined) return;
    result.requests += 1;
    const one: Promise<void> = exchange(place, shape)
      .catch((error: Error) => failed(shape.what, error.message))
      .finally(() => running.delete(one));
    running.add(one);
  };
  // Late ticks are made up for: the rate holds on a busy machine.
  const ticker = setInterval(() => {
    const due = Math.floor((performance.now() - startedAt) / everyMs);
    while (result.requests < due) send();
  }, everyMs);
  const streams = [readEvents(place, watch), talk(place, watch)];
  return {
    stop: async () => {
      clearInterval(ticker);
      result.elapsedMs = performance.now() - startedAt;
      await Promise.all(running);
      stopping.abort();
      await Promise.all(streams);
      agent.destroy();
      return result;
    },
  };
};
