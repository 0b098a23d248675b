import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { administratorToken, type RunningControlPlane, runControlPlane } from './testing/running-control-plane.ts';

const maxPushBytes = 200_000;

describe('git over HTTP', () => {
  let plane: RunningControlPlane;
  let folder: string;
  before(async () => {
    plane = await runControlPlane({ env: { FAIRWAY_MAX_PUSH_BYTES: String(maxPushBytes) } });
    folder = await mkdtemp(join(tmpdir(), 'fairway-git-test-'));
  });
  after(async () => {
    await plane.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const env = {
    PATH: process.env.PATH ?? '',
    HOME: tmpdir(),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.org',
  };
  const git = (at: string, ...args: string[]): Promise<{ code: number; output: string }> =>
    new Promise((resolve) => {
      execFile('git', ['-C', at, ...args], { env, timeout: 20_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` }),
      );
    });
  const address = (path: string, token = administratorToken): string => `${plane.url.replace('//', `//git:${token}@`)}/git/${path}.git`;
  const checkout = async (name: string): Promise<string> => {
    const at = join(folder, name);
    await git(folder, 'init', '--quiet', '--initial-branch=main', at);
    await writeFile(join(at, 'file'), `${name}\n`);
    await git(at, 'add', '.');
    await git(at, 'commit', '--quiet', '-m', 'first');
    return at;
  };
  const commitOf = async (at: string, revision = 'HEAD'): Promise<string> => (await git(at, 'rev-parse', revision)).output.trim();
  const heads = (name: string) =>
    plane.platform.git.heads({ organization: 'default', project: 'default', name }, AbortSignal.timeout(5_000));

  test('a push into a project makes the repository, a clone brings it back, and the server knows who pushed', async () => {
    const at = await checkout('hello');
    const pushed = await git(at, 'push', address('default/default/hello'), 'main');
    assert.equal(pushed.code, 0, pushed.output);
    const commit = await commitOf(at);
    assert.deepEqual(await heads('hello'), { main: commit });
    const path = { organization: 'default', project: 'default', name: 'hello' };
    const who = await plane.platform.git.pushedBy(path, { branch: 'main', commit }, AbortSignal.timeout(5_000));
    assert.equal(who, 'user:admin');
    const unknown = await plane.platform.git.pushedBy(path, { branch: 'main', commit: '0'.repeat(40) }, AbortSignal.timeout(5_000));
    assert.equal(unknown, undefined);

    const cloned = await git(folder, 'clone', '--quiet', address('default/default/hello'), 'cloned');
    assert.equal(cloned.code, 0, cloned.output);
    assert.equal(await commitOf(join(folder, 'cloned')), commit);
  });

  test('who pushed is told which components are built from the new head, and who may not read builds is not', async () => {
    const at = await checkout('planned');
    await git(at, 'push', address('default/default/planned'), 'main');
    const commit = await commitOf(at);
    const repository = { url: '/git/default/default/planned.git', revision: { branch: 'main' }, appPath: '.' };
    const component = {
      apiVersion: 'openchoreo.dev/v1alpha1',
      kind: 'Component',
      metadata: { namespace: 'default', name: 'planned' },
      spec: { owner: { projectName: 'default' }, type: 'Service', build: { repository, templateRef: { name: 'fairway' } } },
    };
    const cause = { caller: { principal: 'user:admin', permissions: ['*'] }, action: 'test' };
    await plane.platform.resources.commit(cause, [{ op: 'create', object: component }]);
    const ask = (query: string, token?: string) =>
      plane.call('POST', `/git/default/default/planned.git/refs-changed${query}`, token === undefined ? {} : { token });

    const told = await ask(`?branch=main&commit=${commit}`);
    assert.deepEqual([told.status, told.json], [200, { items: [{ project: 'default', component: 'planned', isBuilt: true }] }], told.text);
    assert.deepEqual((await ask(`?branch=side&commit=${commit}`)).json, { items: [] });
    assert.equal((await ask('')).text, 'seen\n');
    for (const query of ['?branch=main', `?commit=${commit}`, '?branch=main&commit=--upload-pack'])
      assert.equal((await ask(query)).status, 400, query);
    const pusher = await plane.token('pusher', { permissions: ['repositories.repository.push'], organization: 'default' });
    assert.equal((await ask(`?branch=main&commit=${commit}`, pusher)).status, 403);
    assert.equal((await ask('', pusher)).status, 200);
  });

  test('deleting the default branch is refused with what to do, and other branches may go', async () => {
    const at = await checkout('keeper');
    await git(at, 'push', address('default/default/keeper'), 'main', 'main:side');
    const refused = await git(at, 'push', address('default/default/keeper'), ':main');
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /remote: the default branch refs\/heads\/main cannot be deleted/);
    const allowed = await git(at, 'push', address('default/default/keeper'), ':side');
    assert.equal(allowed.code, 0, allowed.output);
    assert.deepEqual(await heads('keeper'), { main: await commitOf(at) });
  });

  test('a push above the limit is refused by git with the limit, and changes nothing', async () => {
    const at = await checkout('large');
    await git(at, 'push', address('default/default/large'), 'main');
    const before_ = await heads('large');
    await writeFile(join(at, 'noise'), randomBytes(3_000_000));
    await git(at, 'add', '.');
    await git(at, 'commit', '--quiet', '-m', 'too much');
    const chunked = await git(at, 'push', address('default/default/large'), 'main');
    assert.notEqual(chunked.code, 0);
    assert.match(chunked.output, /maximum allowed size/, chunked.output);
    assert.deepEqual(await heads('large'), before_);
  });

  test('a push that says beforehand that it is above the limit is not read at all', async () => {
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const request = requestHttp(`${plane.url}/git/default/default/large.git/git-receive-pack`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${administratorToken}`,
          'content-type': 'application/x-git-receive-pack-request',
          'content-length': String(2 * 1024 ** 3),
        },
      });
      request.once('error', reject);
      request.once('response', async (response) => {
        const chunks = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        request.destroy();
      });
      request.write('0000');
    });
    assert.equal(answer.status, 413);
    assert.match(answer.text, /more than 200000 bytes.*FAIRWAY_MAX_PUSH_BYTES/s);
  });

  test('of two pushes at once to one branch one wins, and the repository stays whole', async () => {
    const [one, two] = [await checkout('racer'), join(folder, 'racer-2')];
    await git(one, 'push', address('default/default/racer'), 'main');
    await git(folder, 'clone', '--quiet', address('default/default/racer'), two);
    for (const [at, text] of [
      [one, 'one'],
      [two, 'two'],
    ] as const) {
      await appendFile(join(at, 'file'), text);
      await git(at, 'commit', '--quiet', '-am', text);
    }
    const results = await Promise.all([one, two].map((at) => git(at, 'push', address('default/default/racer'), 'main')));
    assert.equal(results.filter(({ code }) => code === 0).length, 1, results.map(({ output }) => output).join('\n'));
    const winner = results[0]?.code === 0 ? one : two;
    assert.deepEqual(await heads('racer'), { main: await commitOf(winner) });
    const check = await git(join(plane.home, 'control-plane/git/default/default/racer.git'), 'fsck', '--strict');
    assert.equal(check.code, 0, check.output);
  });

  test('of two first pushes at once both find one repository', async () => {
    const at = await checkout('newborn');
    const results = await Promise.all(['main', 'main:other'].map((ref) => git(at, 'push', address('default/default/newborn'), ref)));
    assert.deepEqual(
      results.map(({ code }) => code),
      [0, 0],
      results.map(({ output }) => output).join('\n'),
    );
    assert.deepEqual(Object.keys((await heads('newborn')) ?? {}).sort(), ['main', 'other']);
  });

  test('a push to a project that does not exist says so and makes nothing', async () => {
    const at = await checkout('lost');
    const refused = await git(at, 'push', address('default/nowhere/lost'), 'main');
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /Project "nowhere" not found/);
    assert.equal(existsSync(join(plane.home, 'control-plane/git/default/nowhere')), false);
  });

  const names: { path: string; because: string }[] = [
    { path: 'default/default/..', because: 'dots lead upwards' },
    { path: 'default/../default/x.git', because: 'dots inside lead upwards' },
    { path: 'default/default/%2e%2e', because: 'encoded dots are dots' },
    { path: 'default/default/a%2Fb.git', because: 'an encoded slash is a slash' },
    { path: 'default/default/..%2f..%2fetc.git', because: 'both together' },
    { path: 'default/%2e%2e/x.git', because: 'a project is a name too' },
    { path: '%2e%2e/default/x.git', because: 'an organization is a name too' },
    { path: 'default/default/x%00.git', because: 'a zero byte ends a path' },
    { path: 'default/default/-upload.git', because: 'a leading dash is an option' },
    { path: 'default/default/%zz.git', because: 'a broken escape is no name' },
    { path: `default/default/${'x'.repeat(300)}.git`, because: 'it is too long for a file' },
  ];
  for (const { path, because } of names)
    test(`the repository name ${path.slice(0, 40)} is refused: ${because}`, async () => {
      const status = await new Promise<number>((resolve, reject) => {
        // Sent as it is: fetch would tidy the path up.
        const request = requestHttp({
          host: '127.0.0.1',
          port: new URL(plane.url).port,
          path: `/git/${path}/info/refs?service=git-receive-pack`,
          headers: { authorization: `Bearer ${administratorToken}`, connection: 'close' },
        });
        request.once('error', reject);
        request.once('response', (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        request.end();
      });
      assert.ok([400, 404].includes(status), `${status}`);
      assert.equal(existsSync(join(plane.home, 'control-plane/x.git')), false);
    });

  test('a client without a token is asked for one, and one without permission is told which it needs', async () => {
    const path = '/git/default/default/hello.git/info/refs?service=git-upload-pack';
    const nobody = await plane.call('GET', path, { token: null });
    assert.deepEqual([nobody.status, nobody.headers.get('www-authenticate')], [401, 'Basic realm="fairway"']);
    const idle = await plane.token('idle', { permissions: [] });
    const forbidden = await plane.call('GET', path, { token: idle });
    assert.equal(forbidden.status, 403);
    assert.match(forbidden.text, /repositories\.repository\.read/);
    const foreign = await plane.token('foreign', { permissions: ['*'], organization: 'other' });
    assert.equal((await plane.call('GET', path, { token: foreign })).status, 404);
    const narrow = await plane.token('narrow', {
      permissions: ['repositories.*'],
      organization: 'default',
      limits: { repository: 'default/default/other' },
    });
    assert.equal((await plane.call('GET', path, { token: narrow })).status, 404);
    assert.equal((await plane.call('GET', '/git/default/default/hello.git/info/refs')).status, 403, 'the dumb protocol is not served');
    assert.equal((await plane.call('GET', '/git/default/default/hello.git/config')).status, 404);
  });
});
