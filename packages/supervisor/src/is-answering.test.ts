import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { isAnswering } from './is-answering.ts';
import { freePorts } from './testing/small-installation.ts';

async function listen(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('a program that reacts at all lives; one that takes a connection and does nothing does not', async (t) => {
  const [nobody = 0] = await freePorts(1);
  const cases = [
    {
      because: 'it answers',
      port: await listen(
        t,
        createHttpServer((_, response) => response.end('OK')),
      ),
      expected: 'answers',
    },
    {
      because: 'an error is an answer: ending a program mends no fault of its own',
      port: await listen(
        t,
        createHttpServer((_, response) => response.writeHead(503).end()),
      ),
      expected: 'answers',
    },
    { because: 'a listener for TLS refuses words in the clear at once', port: await listen(t, createTlsServer({})), expected: 'answers' },
    { because: 'the system took the connection, not the program', port: await listen(t, createServer()), expected: 'silent' },
    { because: 'nobody listens yet', port: nobody, expected: 'closed' },
  ];
  for (const { because, port, expected } of cases) assert.equal(await isAnswering(port, 300), expected, because);
});
