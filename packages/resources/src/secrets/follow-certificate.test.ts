import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { createLog } from '../log/index.ts';
import { createVirtualClock, type VirtualClock } from '../testing/virtual-clock.ts';
import { followCertificate, readCertificate } from './index.ts';

const dayAndHalf = 36 * 3_600_000;
const run = promisify(execFile);
const isThere = await run('openssl', ['version']).then(
  () => true,
  () => false,
);
const skip = isThere || process.env.FAIRWAY_TEST_REQUIRE === 'all' ? false : 'openssl is not installed';

describe('the certificate of a server that runs', { skip }, () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const files = () => ({ certificate: at('server.crt'), key: at('server.key') });
  const make = async (name: string, days = '4'): Promise<void> => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await run('openssl', [
      'req',
      '-x509',
      ...curve,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.crt`),
      '-days',
      days,
      '-subj',
      `/CN=${name}`,
    ]);
  };
  const put = async (certificate: string, key = certificate): Promise<void> => {
    await copyFile(at(`${certificate}.crt`), at('server.crt'));
    await copyFile(at(`${key}.key`), at('server.key'));
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairway-certificate-'));
    await Promise.all([make('first'), make('second'), make('expired', '1')]);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function serve(t: TestContext): Promise<{ clock: VirtualClock; log: string[]; name: () => Promise<string> }> {
    await put('first');
    const clock = createVirtualClock(Date.now() + dayAndHalf);
    const log: string[] = [];
    const present = await readCertificate(files());
    const server = createServer(present, (_, response) => response.end('ok'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const stop = new AbortController();
    const following = followCertificate(
      {
        files: files(),
        present,
        use: (fresh) => server.setSecureContext(fresh),
        clock,
        log: createLog({ write: (line) => log.push(line), now: Date.now }),
      },
      stop.signal,
    );
    t.after(async () => {
      stop.abort();
      await following;
      await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as AddressInfo;
    const name = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
          resolve(String(socket.getPeerCertificate().subject.CN));
          socket.end();
        });
        socket.on('error', reject);
      });
    return { clock, log, name };
  }
  const until = async (clock: VirtualClock, holds: () => boolean | Promise<boolean>): Promise<void> => {
    const end = Date.now() + 10_000;
    while (!(await holds())) {
      assert.ok(Date.now() < end, 'this did not come about within 10 s');
      await clock.advance(60_000);
    }
  };

  test('is replaced without a start when its files are', async (t) => {
    const { clock, log, name } = await serve(t);
    assert.equal(await name(), 'first');

    await put('second');
    await until(clock, async () => (await name()) === 'second');

    assert.match(log.at(-1) ?? '', /new certificate/);
  });

  for (const { because, spoil, says } of [
    { because: 'its key belongs to another', spoil: () => put('second', 'first'), says: /key values mismatch/ },
    { because: 'it is no certificate', spoil: () => writeFile(at('server.crt'), 'half a file'), says: /cannot be used/ },
    { because: 'it is not there', spoil: () => rm(at('server.key')), says: /ENOENT/ },
    { because: 'it has expired', spoil: () => put('expired'), says: /expired on/ },
  ])
    test(`stays when the new one is bad, because ${because}; this is said once, and a good one is taken up`, async (t) => {
      const { clock, log, name } = await serve(t);
      const key = await readFile(at('server.key'), 'utf8');

      await spoil();
      await until(clock, () => log.length > 0);
      await clock.advance(300_000);
      assert.equal(await name(), 'first');
      assert.equal(log.length, 1, log.join());
      assert.match(log[0] ?? '', says);
      assert.ok(!log.join().includes(key.split('\n')[1] ?? key), 'no key is logged');

      await put('second');
      await until(clock, async () => (await name()) === 'second');
    });

  test('that cannot be read at the start says what to do', async () => {
    await assert.rejects(readCertificate({ certificate: at('absent.crt'), key: at('absent.key') }), {
      reason: 'unavailable',
      message: /absent\.crt cannot be used: run "fairway up", which makes it/,
    });
  });
});
