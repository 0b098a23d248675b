import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { createClusterClient } from './create-cluster-client.ts';
import { resourcePath } from './resource-path.ts';
import { json, podAt, podList, pods, scriptedCluster } from './testing/scripted-cluster.ts';

const status = (code: number, reason: string, details: object = {}) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  reason,
  message: `said ${reason}`,
  details,
});

test('every call goes to the path, with the parameters and the credential that it should', async (t) => {
  const seen: { line: string; type: string | undefined; token: string | undefined; body: string }[] = [];
  const { server } = await scriptedCluster(t, (request, response) => {
    seen.push({
      line: `${request.method} ${request.url}`,
      type: request.headers['content-type'],
      token: request.headers.authorization,
      body: request.text,
    });
    json(response, 200, podAt('web', '1'));
  });
  const client = createClusterClient({ server: `${server}/prefix/`, token: async () => 'abc' });
  t.after(() => client.close());
  const key = { namespace: 'default', name: 'web' };

  await client.get(pods, key);
  await client.create(pods, podAt('web', ''), { fieldManager: 'm', dryRun: true });
  await client.replace(pods, podAt('web', '1'), { subresource: 'status' });
  await client.patch(pods, key, { type: 'json', body: [{ op: 'remove', path: '/a' }] });
  await client.apply(pods, podAt('web', '1'), { fieldManager: 'm', force: true });
  await client.remove(pods, key, { propagation: 'foreground', gracePeriodSeconds: 3, expect: { uid: 'u' } });

  const root = '/prefix/api/v1/namespaces/default/pods';
  assert.deepEqual(
    seen.map(({ line }) => line),
    [
      `GET ${root}/web`,
      `POST ${root}?fieldManager=m&dryRun=All`,
      `PUT ${root}/web/status`,
      `PATCH ${root}/web`,
      `PATCH ${root}/web?fieldManager=m&force=true`,
      `DELETE ${root}/web`,
    ],
  );
  assert.ok(seen.every(({ token }) => token === 'Bearer abc'));
  assert.equal(seen[3]?.type, 'application/json-patch+json');
  assert.equal(seen[4]?.type, 'application/apply-patch+yaml');
  assert.deepEqual(JSON.parse(seen[5]?.body ?? ''), {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Foreground',
    gracePeriodSeconds: 3,
    preconditions: { uid: 'u' },
  });
});

test('a Status of the cluster is thrown as the Problem that it means', async (t) => {
  const cases = [
    { code: 409, body: status(409, 'AlreadyExists'), reason: 'already-exists', because: 'the word decides, 409 alone would be a conflict' },
    {
      code: 422,
      body: status(422, 'Invalid', { causes: [{ reason: 'FieldValueRequired', field: 'spec.a', message: 'Required value' }] }),
      reason: 'invalid',
      because: 'with its fields',
    },
    { code: 429, body: status(429, 'TooManyRequests', { retryAfterSeconds: 2 }), reason: 'rate-limited', because: 'with its wait' },
    { code: 502, body: '<html>bad gateway</html>', reason: 'unavailable', because: 'a proxy knows no Status' },
  ];
  let at = 0;
  const { server } = await scriptedCluster(t, (_request, response) => {
    const { code, body } = cases[at] ?? { code: 500, body: '' };
    if (typeof body === 'string') response.writeHead(code).end(body);
    else json(response, code, body);
  });
  const client = createClusterClient({ server });
  t.after(() => client.close());

  for (const { reason, because } of cases) {
    await assert.rejects(client.create(pods, podAt('web', '')), { name: 'Problem', reason }, because);
    at += 1;
  }
});

test('an absent object is undefined for get and false for remove', async (t) => {
  const { server } = await scriptedCluster(t, (_request, response) => json(response, 404, status(404, 'NotFound')));
  const client = createClusterClient({ server });
  t.after(() => client.close());

  assert.equal(await client.get(pods, { namespace: 'default', name: 'no' }), undefined);
  assert.equal(await client.remove(pods, { namespace: 'default', name: 'no' }), false);
});

test('a list takes all pages, or stops at its limit with the token of the next', async (t) => {
  const { server, requests } = await scriptedCluster(t, (request, response) =>
    request.query.get('continue') === null
      ? json(response, 200, podList('7', [{ metadata: { name: 'a' } }], 'next'))
      : json(response, 200, podList('7', [podAt('b', '2')])),
  );
  const client = createClusterClient({ server });
  t.after(() => client.close());

  const all = await client.list(pods, { labelSelector: 'a in (b,c)' });
  const one = await client.list(pods, { limit: 1 });

  assert.deepEqual(
    all.items.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ['Pod a', 'Pod b'],
    'kind is filled in where lists leave it out',
  );
  assert.match(requests[0] ?? '', /labelSelector=a\+in\+%28b%2Cc%29/);
  assert.equal(one.continue, 'next');
});

test('a cluster that does not answer in time is unavailable, and an abort is an abort', async (t) => {
  const { server } = await scriptedCluster(t, () => {});
  const client = createClusterClient({ server, requestTimeoutMs: 30 });
  t.after(() => client.close());
  const stop = new AbortController();

  await assert.rejects(client.version(), { reason: 'unavailable', message: /no answer within 30 ms/ });
  const aborted = client.version({ signal: stop.signal, timeoutMs: 5_000 });
  stop.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
});

test('an answer that stops in the middle is unavailable after the deadline', async (t) => {
  const { server } = await scriptedCluster(t, (_request, response) => void response.writeHead(200).write('{"major":'));
  const client = createClusterClient({ server, requestTimeoutMs: 50 });
  t.after(() => client.close());

  await assert.rejects(client.version(), { reason: 'unavailable', message: /not complete within 50 ms/ });
});

test('a followed log streams until it is aborted', async (t) => {
  const { server, requests } = await scriptedCluster(t, (_request, response) => void response.writeHead(200).write('one\n'));
  const client = createClusterClient({ server });
  t.after(() => client.close());
  const stop = new AbortController();
  let text = '';

  for await (const chunk of client.logs(
    { namespace: 'default', name: 'web' },
    { follow: true, container: 'main', tailLines: 5, signal: stop.signal },
  )) {
    text += Buffer.from(chunk).toString();
    stop.abort();
  }

  assert.equal(text, 'one\n');
  assert.equal(requests[0], 'GET /api/v1/namespaces/default/pods/web/log?follow=true&container=main&tailLines=5');
});

test("raw passes request and answer through whatever the status, with the cluster's credential alone", async (t) => {
  const { server } = await scriptedCluster(t, (request, response) =>
    response
      .writeHead(418, { 'x-echo': `${request.headers['x-mine']} ${request.headers.authorization} ${request.headers['impersonate-user']}` })
      .end(request.text.toUpperCase()),
  );
  const client = createClusterClient({ server, token: 'abc' });
  t.after(() => client.close());

  const answer = await client.raw({
    method: 'POST',
    path: '/anything?x=1',
    headers: { 'x-mine': 'yes', Authorization: 'Bearer of-the-caller', 'Impersonate-User': 'root' },
    body: Readable.from(['he', 'llo']),
  });
  const body = await answer.body.toArray();

  assert.equal(answer.status, 418);
  assert.equal(answer.headers['x-echo'], 'yes Bearer abc undefined');
  assert.equal(Buffer.concat(body as Buffer[]).toString(), 'HELLO');
});

test('a name never leaves its segment of the path', () => {
  for (const name of ['..', '.', 'a/b', 'a%2fb', ''])
    assert.throws(() => resourcePath(pods, { namespace: 'default', name }), { reason: 'invalid' }, JSON.stringify(name));
  assert.equal(resourcePath({ ...pods, group: 'apps' }, { namespace: 'a b', name: 'ü?' }), '/apis/apps/v1/namespaces/a%20b/pods/%C3%BC%3F');
});
