import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer as createHttpServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Target } from './read-targets.ts';
import { openServicePort, type ServicePort } from './service-port.ts';
import { createTraffic, type Traffic } from './traffic.ts';

const host = '127.0.0.1';

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > end) assert.fail(`not within 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const listen = async (t: TestContext, server: Server): Promise<Target> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { key: String(port), host, port, podUid: `pod-${port}` };
};
const raw = (t: TestContext, serve: (socket: Socket) => void): Promise<Target> => listen(t, createServer({ allowHalfOpen: true }, serve));
const web = (t: TestContext, serve: (request: IncomingMessage, response: ServerResponse) => void): Promise<Target> =>
  listen(t, createHttpServer(serve));

async function openPort(t: TestContext, targets: readonly Target[], traffic: Traffic = createTraffic()): Promise<ServicePort> {
  const port = await openServicePort({ host, port: await freePort() }, { traffic });
  t.after(() => port.close());
  port.use(targets);
  return port;
}
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, host);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
const open = (t: TestContext, { address }: ServicePort): Socket => {
  const socket = connect({ ...address, allowHalfOpen: true });
  t.after(() => socket.destroy());
  return socket.on('error', () => {});
};
const readAll = async (socket: Socket): Promise<string> => {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
};
const agentOf = (t: TestContext): Agent => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  return agent;
};
const ask = (address: { host: string; port: number }, agent: Agent, options: { method?: string; body?: string } = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request({ ...address, agent, method: options.method ?? 'GET', path: '/' }, async (response) => {
      let text = '';
      for await (const piece of response) text += String(piece);
      resolve(text);
    });
    asked.once('error', reject).end(options.body);
  });

test('connections go to the targets in turn, and pass one that refuses over', async (t) => {
  const names = ['one', 'two'];
  const targets = await Promise.all(names.map((name) => raw(t, (socket) => socket.end(name))));
  const refusing: Target = { key: 'gone', host, port: await freePort(), podUid: 'gone' };
  const port = await openPort(t, [...targets, refusing]);

  const seen: string[] = [];
  for (let turn = 0; turn < 6; turn += 1) seen.push(await readAll(open(t, port).end()));

  assert.equal(seen.length, 6);
  assert.deepEqual([...new Set(seen)].toSorted(), names);
});

test('a client is refused at once when nobody is ready, and when everybody refuses', async (t) => {
  const refusing: Target = { key: 'gone', host, port: await freePort(), podUid: 'gone' };

  for (const targets of [[], [refusing]]) {
    const port = await openPort(t, targets);
    const socket = open(t, port);
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
  }
});

test('each direction ends by itself: an answer comes after the client has said its last word', async (t) => {
  let heard = '';
  const target = await raw(t, (socket) => {
    socket.on('data', (chunk) => {
      heard += String(chunk);
    });
    socket.once('end', () => socket.end(`heard ${heard}`));
  });
  const port = await openPort(t, [target]);
  const socket = open(t, port);

  socket.end('all of it');

  assert.equal(await readAll(socket), 'heard all of it');
});

test('a server that ends first still hears the client', async (t) => {
  let heard = '';
  const target = await raw(t, (socket) => {
    socket.end('bye');
    socket.on('data', (chunk) => {
      heard += String(chunk);
    });
  });
  const port = await openPort(t, [target]);
  const socket = open(t, port);

  assert.equal(await readAll(socket), 'bye');
  socket.end('one more thing');

  await until('the last words arrive', () => heard === 'one more thing');
});

for (const side of ['client', 'server'] as const) {
  test(`an abort of the ${side} reaches the other side as an abort`, async (t) => {
    let served: Socket | undefined;
    const target = await raw(t, (socket) => {
      served = socket;
      socket.resume();
    });
    const port = await openPort(t, [target]);
    const socket = open(t, port);
    socket.write('hello');
    await until('the server has the connection', () => served !== undefined && served.bytesRead === 5);
    const [from, to] = side === 'client' ? [socket, served] : [served, socket];
    if (from === undefined || to === undefined) assert.fail('no connection');
    to.resume();

    const failed = once(to, 'error') as Promise<[NodeJS.ErrnoException]>;
    from.resetAndDestroy();

    assert.equal((await failed)[0].code, 'ECONNRESET');
  });
}

test('an abort after a proper end of the same side closes the connection as well', async (t) => {
  let served: Socket | undefined;
  const target = await raw(t, (socket) => {
    served = socket.resume();
    socket.end('bye');
  });
  const port = await openPort(t, [target]);
  const socket = open(t, port);
  assert.equal(await readAll(socket), 'bye');

  served?.resetAndDestroy();

  // Who has heard the end does not listen any more, and learns of an abort when it writes.
  await until('the client sees the end', () => {
    if (!socket.destroyed) socket.write('too late');
    return socket.destroyed;
  });
});

test('a reader that does not read stops the writer, in both directions', async (t) => {
  const most = 64 * 1024 * 1024;
  const flood = (socket: Socket): { sent: () => number } => {
    const chunk = Buffer.alloc(256 * 1024);
    let sent = 0;
    const more = (): void => {
      while (sent < most) {
        sent += chunk.length;
        if (!socket.write(chunk)) return void socket.once('drain', more);
      }
      socket.end();
    };
    more();
    return { sent: () => sent };
  };
  let served: Socket | undefined;
  const target = await raw(t, (socket) => {
    served = socket.pause();
  });
  const port = await openPort(t, [target]);
  const up = flood(open(t, port).pause());
  await until('the server has the connection', () => served !== undefined);
  const down = flood(served as Socket);

  let before = [-1, -1];
  for (let still = 0; still < 20; ) {
    const now = [up.sent(), down.sent()];
    still = now.join() === before.join() ? still + 1 : 0;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }

  assert.ok(up.sent() < most / 2, `${up.sent()} bytes were taken from a client whose server does not read`);
  assert.ok(down.sent() < most / 2, `${down.sent()} bytes were taken from a server whose client does not read`);
  served?.resume();
  await once(served as Socket, 'end');
  assert.equal(served?.bytesRead, most);
});

test('a connection that is kept goes over to another target between two requests when its own leaves', async (t) => {
  const traffic = createTraffic();
  const [one, two] = [await web(t, (_, response) => response.end('one')), await web(t, (_, response) => response.end('two'))];
  const port = await openPort(t, [one], traffic);
  const agent = agentOf(t);
  assert.equal(await ask(port.address, agent), 'one');

  port.use([two]);
  assert.equal(traffic.leave(one.podUid), false);

  assert.equal(await ask(port.address, agent), 'two');
  assert.equal(Object.values(agent.freeSockets)[0]?.length, 1, 'the client kept its one connection');
});

test('a connection whose target is ready no longer goes over with its next request, and the old one sees a proper end', async (t) => {
  let error: Error | undefined;
  const server = createHttpServer((_, response) => response.end('one'));
  server.on('connection', (socket) => socket.on('error', (found) => (error = found)));
  const one = await listen(t, server);
  const ended = new Promise<void>((resolve) => server.once('connection', (socket) => socket.once('close', () => resolve())));
  const two = await web(t, (_, response) => response.end('two'));
  const port = await openPort(t, [one]);
  const agent = agentOf(t);
  assert.equal(await ask(port.address, agent), 'one');

  port.use([two]);

  assert.equal(await ask(port.address, agent), 'two');
  await ended;
  assert.equal(error, undefined);
});

test('what is under way is waited for, and goes over when its answer has ended', async (t) => {
  const traffic = createTraffic();
  let answer: ServerResponse | undefined;
  const one = await web(t, (_, response) => {
    answer = response;
    response.write('o');
  });
  const two = await web(t, (_, response) => response.end('two'));
  const port = await openPort(t, [one], traffic);
  const agent = agentOf(t);
  const first = ask(port.address, agent, { method: 'POST', body: 'x'.repeat(100_000) });
  await until('the request has arrived', () => answer !== undefined);

  port.use([two]);
  assert.equal(traffic.leave(one.podUid), true);
  answer?.end('ne');

  assert.equal(await first, 'one');
  assert.equal(traffic.leave(one.podUid), false);
  assert.equal(await ask(port.address, agent), 'two');
});

test('a connection of another protocol stays with its target until it ends, and holds nobody up', async (t) => {
  const traffic = createTraffic();
  const echo = (name: string) => (socket: Socket) => {
    socket.on('data', (chunk) => socket.write(`${name} ${String(chunk)}`));
    socket.once('end', () => socket.end());
  };
  const [one, two] = [await raw(t, echo('one')), await raw(t, echo('two'))];
  const port = await openPort(t, [one], traffic);
  const socket = open(t, port);
  socket.write('ping\r\n');
  assert.equal(String((await once(socket, 'data'))[0]), 'one ping\r\n');

  port.use([two]);
  assert.equal(traffic.leave(one.podUid), false);
  socket.write('again\r\n');

  assert.equal(String((await once(socket, 'data'))[0]), 'one again\r\n');
});

test('a pod that leaves gets nothing new although its endpoint still says that it is ready', async (t) => {
  const traffic = createTraffic();
  const [one, two] = [await web(t, (_, response) => response.end('one')), await web(t, (_, response) => response.end('two'))];
  const port = await openPort(t, [one, two], traffic);

  traffic.leave(one.podUid);

  for (let turn = 0; turn < 4; turn += 1) assert.equal(await ask(port.address, agentOf(t)), 'two');
});

test('under load no request fails while targets replace each other', async (t) => {
  const traffic = createTraffic();
  const serve = (_: IncomingMessage, response: ServerResponse): void => void setTimeout(() => response.end('ok'), 1);
  let current = await web(t, serve);
  const port = await openPort(t, [current], traffic);
  let isOver = false;
  let answered = 0;
  const client = async (): Promise<void> => {
    const agent = agentOf(t);
    while (!isOver) {
      assert.equal(await ask(port.address, agent, answered % 2 === 0 ? {} : { method: 'POST', body: 'body' }), 'ok');
      answered += 1;
    }
  };
  const clients = Promise.all(Array.from({ length: 8 }, client));

  for (let rollout = 0; rollout < 20; rollout += 1) {
    const next = await web(t, serve);
    port.use([current, next]);
    const goal = answered + 20;
    await until('some answers', () => answered > goal);
    port.use([next]);
    const left = current.podUid;
    await until('the old one is free', () => !traffic.leave(left));
    current = next;
  }
  isOver = true;
  await clients;

  assert.ok(answered > 400, `${answered} answers`);
});

test('a port that is taken is exchanged for the next one', async (t) => {
  const taken = await freePort();
  const blocker = createServer().listen(taken, host);
  await once(blocker, 'listening');
  t.after(() => blocker.close());

  const port = await openServicePort({ host, port: taken }, { traffic: createTraffic() });
  t.after(() => port.close());

  assert.ok(port.address.port > taken && port.address.port < taken + 33);
});

test('closing cuts off what runs', async (t) => {
  let served: Socket | undefined;
  const target = await raw(t, (socket) => {
    served = socket.resume();
  });
  const port = await openPort(t, [target]);
  const socket = open(t, port);
  socket.write('hello');
  await until('bytes have passed', () => served?.bytesRead === 5);

  port.close();

  await until('the client sees the end', () => socket.destroyed);
  await until('the server sees the end', () => served?.destroyed === true);
});
