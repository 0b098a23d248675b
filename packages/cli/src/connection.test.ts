import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { stateFiles } from '@fairway/supervisor';
import { connect } from './connection.ts';
import { temporaryFolder } from './testing/run-for-test.ts';

function installation(t: TestContext, files: { ports?: string; token?: string }) {
  const state = stateFiles(temporaryFolder(t));
  mkdirSync(state.home, { recursive: true });
  if (files.ports !== undefined) writeFileSync(state.ports, files.ports);
  if (files.token !== undefined) writeFileSync(state.adminToken, files.token);
  return state;
}
const ports = '{"plain":7171,"tls":1,"gateway":2,"cluster":3}';

test('the installation on this machine is used with its own token, or with a given one', async (t) => {
  const files = installation(t, { ports, token: 'fwy_admin\n' });

  const own = await connect(files, {});
  const given = await connect(files, { FAIRWAY_TOKEN: 'fwy_mine' });

  assert.deepEqual([own.url, own.token, own.ports?.tls], ['http://127.0.0.1:7171', 'fwy_admin', 1]);
  assert.deepEqual([given.url, given.token], ['http://127.0.0.1:7171', 'fwy_mine']);
});

test('another platform is used over TLS unless it is this machine or the address says otherwise', async (t) => {
  const files = installation(t, { ports, token: 'fwy_admin' });
  const cases = [
    ['fairway.example.org', 'https://fairway.example.org'],
    ['https://fairway.example.org/', 'https://fairway.example.org'],
    ['http://fairway.example.org:8080', 'http://fairway.example.org:8080'],
    ['127.0.0.1:7070', 'http://127.0.0.1:7070'],
    ['localhost:7070', 'http://localhost:7070'],
  ] as const;
  for (const [host, url] of cases) {
    const connection = await connect(files, { FAIRWAY_HOST: host, FAIRWAY_TOKEN: 'x' });
    assert.equal(connection.url, url, host);
    assert.equal(connection.ports, undefined, host);
  }
});

test('what is missing is said, with an exit code of its own', async (t) => {
  const cases = [
    { because: 'nothing is installed', files: {}, env: {}, error: { exitCode: 10, message: /no installation/ } },
    { because: 'its ports are damaged', files: { ports: '{"plain":"x"}' }, env: {}, error: { exitCode: 10 } },
    { because: 'its token is gone', files: { ports }, env: {}, error: { exitCode: 4, message: /no token/ } },
    { because: 'a host has no token', files: { ports, token: 'x' }, env: { FAIRWAY_HOST: 'a.example' }, error: { exitCode: 4 } },
    { because: 'a host is no address', files: {}, env: { FAIRWAY_HOST: 'http://', FAIRWAY_TOKEN: 'x' }, error: { exitCode: 2 } },
  ];
  for (const { because, files, env, error } of cases) await assert.rejects(connect(installation(t, files), env), error, because);
});
