import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { type Duplex, PassThrough, Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { acceptCommand, acceptPorts, agree } from './accept-upgrade.ts';
import type { OpenPort } from './forward-ports.ts';
import type { RemoteCommand } from './remote-command.ts';

const all = { stdin: true, stdout: true, stderr: true, tty: false };
const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

/** A server that serves every upgrade by what it is given. */
async function serve(
  t: TestContext,
  what: { start: () => Promise<RemoteCommand> } | { ports: number[]; openPort: OpenPort },
): Promise<number> {
  const sockets = new Set<Duplex>();
  const server = createServer().on('upgrade', (asked: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    const given = { request: asked, socket, head };
    if ('start' in what) void acceptCommand(given, agree(asked, 'command'), { streams: all, start: what.start });
    else void acceptPorts(given, agree(asked, 'ports'), what);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return portOf(server);
}

const open = async (
  port: number,
  protocol: string,
): Promise<{ socket: WebSocket; channel: (number: number) => Buffer; closed: Promise<unknown> }> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, protocol);
  const got = new Map<number, Buffer[]>();
  socket.on('message', (data: Buffer) => {
    const number = data[0] ?? -1;
    got.set(number, [...(got.get(number) ?? []), data.subarray(1)]);
  });
  const closed = once(socket, 'close');
  await once(socket, 'open');
  return { socket, channel: (number) => Buffer.concat(got.get(number) ?? []), closed };
};

test('a command gets its input to the end, and its client each output and how it ended', async (t) => {
  const stdin = new PassThrough();
  const ended = new Promise<{ code: number }>((resolve) => stdin.once('end', () => resolve({ code: 7 })));
  const start = async (): Promise<RemoteCommand> => ({
    stdin,
    stdout: stdin,
    stderr: Readable.from([Buffer.from('oh')]),
    resize: () => {},
    ended,
  });
  const { socket, channel, closed } = await open(await serve(t, { start }), 'v5.channel.k8s.io');

  socket.send(Buffer.from('\0one '));
  socket.send(Buffer.from('\0two'));
  socket.send(Buffer.from([255, 0]));
  await closed;

  assert.deepEqual([channel(1).toString(), channel(2).toString()], ['one two', 'oh']);
  const { reason, details } = JSON.parse(channel(3).toString()) as { reason: string; details: object };
  assert.deepEqual({ reason, details }, { reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '7' }] } });
});

test('output waits for a client that does not read', async (t) => {
  let made = 0;
  const stdout = new Readable({
    read() {
      made += 65_536;
      this.push(made > 50_000_000 ? null : Buffer.alloc(65_536));
    },
  });
  const ended = new Promise<{ code: number }>((resolve) => stdout.once('end', () => resolve({ code: 0 })));
  const { socket, channel, closed } = await open(
    await serve(t, { start: async () => ({ stdout, resize: () => {}, ended }) }),
    'v4.channel.k8s.io',
  );
  socket.pause();
  let before = -1;
  // It has come to rest when nothing was made for a while.
  for (let same = 0; same < 5; same = made === before ? same + 1 : 0) {
    before = made;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(made < 40_000_000, `${made} bytes were made for a client that reads nothing`);
  socket.resume();
  await closed;
  assert.equal((JSON.parse(channel(3).toString()) as { status: string }).status, 'Success');
});

/** A program on a port of its own that says what it got, in capitals. */
async function echo(t: TestContext): Promise<OpenPort> {
  const server = createTcpServer((socket) => socket.on('data', (chunk) => socket.end(chunk.toString().toUpperCase())));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return async (port) => {
    if (port !== 80) throw new Error(`nothing listens on ${port}`);
    const socket: Socket = connect({ port: portOf(server), host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };
}

test('each port has a channel for data and one for what went wrong, both beginning with its number', async (t) => {
  const port = await serve(t, { ports: [80, 81], openPort: await echo(t) });
  const { socket, channel, closed } = await open(port, 'v4.channel.k8s.io');

  socket.send(Buffer.from('\0hello'));
  await closed;

  assert.deepEqual(channel(0), Buffer.from([80, 0, ...Buffer.from('HELLO')]));
  assert.deepEqual(channel(1), Buffer.from([80, 0]));
  assert.match(channel(3).subarray(2).toString(), /error forwarding port 81 to pod: nothing listens on 81/);
});

/** Asks for another protocol as clients do that are no browsers. */
const upgrade = async (port: number, headers: Record<string, string>): Promise<{ socket: Socket; head: IncomingMessage['headers'] }> => {
  const asking = request({ port, host: '127.0.0.1', headers: { connection: 'Upgrade', ...headers } }).end();
  const [answer, socket] = (await once(asking, 'upgrade')) as [IncomingMessage, Socket];
  return { socket, head: answer.headers };
};

const broken: [because: string, bytes: Buffer][] = [
  ['a frame that is longer than any client sends', Buffer.from([0, 0, 0, 1, 0, 255, 255, 255])],
  ['headers that cannot be read', Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 9, 9])],
  ['a reset that names no stream', Buffer.from([0x80, 3, 0, 3, 0, 0, 0, 0])],
];
for (const [because, bytes] of broken)
  test(`a SPDY connection is ended for ${because}`, async (t) => {
    const port = await serve(t, { ports: [], openPort: () => assert.fail('no stream was opened') });
    const { socket, head } = await upgrade(port, { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'portforward.k8s.io' });
    assert.equal(head['x-stream-protocol-version'], 'portforward.k8s.io');
    const closed = once(socket, 'close');
    socket.resume();
    socket.write(bytes);
    await closed;
  });

test('SPDY inside a WebSocket is agreed to by its name', async (t) => {
  const port = await serve(t, { ports: [], openPort: () => assert.fail('no stream was opened') });
  const protocol = 'SPDY/3.1+portforward.k8s.io';
  const { socket, head } = await upgrade(port, {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': protocol,
  });
  socket.destroy();
  assert.equal(head['sec-websocket-protocol'], protocol);
});

const agreements: [because: string, headers: IncomingMessage['headers'], carries: 'command' | 'ports', expected: string | RegExp][] = [
  [
    'the newest of several',
    { upgrade: 'websocket', 'sec-websocket-protocol': 'v4.channel.k8s.io, v5.channel.k8s.io' },
    'command',
    'v5.channel.k8s.io',
  ],
  ['SPDY', { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' }, 'command', 'v4.channel.k8s.io'],
  [
    'SPDY inside a WebSocket',
    { upgrade: 'websocket', 'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io' },
    'ports',
    'SPDY/3.1+portforward.k8s.io',
  ],
  ['a plain request', {}, 'command', /Upgrade request required/],
  [
    'a protocol that nobody knows',
    { upgrade: 'websocket', 'sec-websocket-protocol': 'v9' },
    'ports',
    /no protocol of the client is known \(v9\)/,
  ],
  ['no protocol', { upgrade: 'SPDY/3.1' }, 'ports', /none was named/],
];
for (const [because, headers, carries, expected] of agreements)
  test(`client and server agree: ${because}`, () => {
    if (typeof expected === 'string') assert.equal(agree({ headers }, carries).protocol, expected);
    else assert.throws(() => agree({ headers }, carries), { message: expected });
  });
