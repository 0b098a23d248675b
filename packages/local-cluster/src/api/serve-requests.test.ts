import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { after, before, describe, type TestContext, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { silentLog } from '@fairway/resources/log';
import { createVirtualClock } from '@fairway/resources/testing';
import { type ClusterHome, makeHome } from '../testing/cluster-process.ts';
import { createRequestFigures } from './metrics.ts';
import { type ServeOptions, serveRequests } from './serve-requests.ts';

const isThere = await promisify(execFile)('openssl', ['version']).then(
  () => true,
  () => false,
);
const skip = isThere || process.env.FAIRWAY_TEST_REQUIRE === 'all' ? false : 'openssl is not installed';

describe('the listener of the cluster', { skip }, () => {
  let home: ClusterHome;
  before(async () => {
    home = await makeHome();
  });
  after(() => home.remove());

  async function serve(t: TestContext, rest: Partial<ServeOptions> = {}): Promise<number> {
    const server = await serveRequests({
      port: 0,
      certificate: { certificate: `${home.folder}/pki/server.crt`, key: `${home.folder}/pki/server.key` },
      authenticate: async () => ({ principal: 'user:ada', permissions: ['*'] }),
      handle: async (_request, response) => void response.end('ok'),
      metrics: async () => '',
      requests: createRequestFigures(),
      clock: createVirtualClock(Date.now()),
      log: silentLog,
      ...rest,
    });
    t.after(() => server.stop());
    return server.port;
  }
  const open = async (t: TestContext, port: number): Promise<TLSSocket> => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  };

  for (const { because, text, limits, says } of [
    { because: 'sends nothing', text: '', limits: { headersMs: 50 }, says: /^(HTTP\/1\.1 408 |$)/ },
    { because: 'never ends its headers', text: 'GET / HTTP/1.1\r\nHost: x\r\n', limits: { headersMs: 50 }, says: /^HTTP\/1\.1 408 / },
    {
      because: 'never ends its request',
      text: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n',
      limits: { headersMs: 20, requestMs: 50 },
      says: /^HTTP\/1\.1 (200|408) /,
    },
    { because: 'pauses for too long', text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', limits: { keepAliveMs: 50 }, says: /^HTTP\/1\.1 200 / },
  ])
    test(`cuts a client off that ${because}`, async (t) => {
      const socket = await open(t, await serve(t, { limits: { checkEveryMs: 10, ...limits } }));
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      const closed = once(socket, 'close');
      socket.write(text);
      await closed;

      assert.match(answer, says);
    });

  test('takes a new certificate up while it runs', async (t) => {
    const clock = createVirtualClock(Date.now());
    const port = await serve(t, { clock });
    const fingerprint = async (): Promise<string> => {
      const socket = await open(t, port);
      socket.end();
      return socket.getPeerCertificate().fingerprint256;
    };
    const first = await fingerprint();
    const other = await makeHome();
    t.after(() => other.remove());
    for (const name of ['server.crt', 'server.key']) await copyFile(`${other.folder}/pki/${name}`, `${home.folder}/pki/${name}`);

    const end = Date.now() + 10_000;
    while ((await fingerprint()) === first) {
      assert.ok(Date.now() < end, 'the certificate was not taken up within 10 s');
      await clock.advance(60_000);
    }
  });
});
