import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Problem } from '@fairway/resources/model';
import { startTestServer } from './testing/test-server.ts';

const nobodyMay = (): never => {
  throw new Problem({ reason: 'forbidden', message: 'nobody may' });
};
const components = '/apis/openchoreo.dev/v1alpha1/namespaces/default/components';
const refusing = (t: TestContext) => startTestServer(t, { authorize: nobodyMay });

for (const { method, path } of [
  { method: 'POST', path: components },
  { method: 'PUT', path: `${components}/web` },
  { method: 'PATCH', path: `${components}/web` },
  { method: 'DELETE', path: `${components}/web` },
])
  test(`a ${method} that is not allowed is refused before its body has come`, async (t) => {
    const { url } = await refusing(t);
    const headers = { 'content-type': 'application/json', 'content-length': 1_000 };
    const sent = request(`${url}${path}`, { method, headers, signal: t.signal });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      sent.on('response', ({ statusCode }) => resolve(statusCode)).on('error', reject);
    });
    sent.flushHeaders();

    assert.equal(await answered, 403);
    sent.on('error', () => {}).destroy();
  });

test('a body that does not come is not waited for', async (t) => {
  const { url } = await startTestServer(t, { bodyPatienceMs: 30 });
  const sent = request(`${url}${components}`, { method: 'POST', headers: { 'content-length': 1_000 }, signal: t.signal });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    sent.on('response', ({ statusCode }) => resolve(statusCode)).on('error', reject);
  });
  sent.write('{');

  assert.equal(await answered, 400);
  sent.on('error', () => {}).destroy();
});

test('a client whose large body is under way sees why it was refused, and the connection ends', async (t) => {
  const { url } = await refusing(t);
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let answer = '';
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket
    .on('error', () => {})
    .on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
  const bytes = 64 * 1024;
  socket.write(
    `POST /k8s/control${components} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${2 * bytes}\r\n\r\n`,
  );
  socket.write(Buffer.alloc(bytes, ' '));
  await ended;

  assert.match(answer, /^HTTP\/1\.1 403 /);
  assert.match(answer, /connection: close/i);
});
