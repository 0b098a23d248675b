import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Installation, startInstallation, until } from './installation.ts';

interface Answer {
  status: number;
  text: string;
  json: { reason?: string; message?: string; details?: { causes?: { field: string }[] }; metadata?: { resourceVersion?: string } };
}

const page = '<!doctype html><title>site</title><p>one</p>';
const projects = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/projects';
const components = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/components';
const project = (name: string, more = {}): string =>
  JSON.stringify({ apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Project', metadata: { name }, ...more });

// Bad input from outside: a clear answer, and nothing is changed.
describe('requests with faults', () => {
  let fairway: Installation;
  let folder = '';
  let url = '';

  const send = async (method: string, path: string, body?: string): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${fairway.ports.plain}${path}`, {
      method,
      headers: { authorization: `Bearer ${fairway.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    return { status: response.status, text, json: text.startsWith('{') ? (JSON.parse(text) as Answer['json']) : {} };
  };
  const remote = (name: string): string => `http://token:${fairway.token}@127.0.0.1:${fairway.ports.plain}/git/default/default/${name}.git`;
  const git = async (args: readonly string[], cwd = folder): Promise<{ code: number | null; stderr: string; stdout: string }> =>
    fairway.run('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], { cwd });
  const commitAll = async (cwd: string, message: string): Promise<string> => {
    assert.equal((await git(['add', '-A'], cwd)).code, 0);
    assert.equal((await git(['commit', '-q', '-m', message], cwd)).code, 0);
    return (await git(['rev-parse', 'HEAD'], cwd)).stdout.trim();
  };
  const builds = async (): Promise<string> =>
    (await send('GET', '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/builds')).text;
  const names = async (path: string): Promise<string[]> =>
    ((await send('GET', path)).json as { items?: { metadata: { name: string } }[] }).items?.map(({ metadata }) => metadata.name) ?? [];

  before(async () => {
    fairway = await startInstallation();
    folder = await fairway.folderOf('site', { 'index.html': page });
    url = (await fairway.json<{ urls: string[] }>(['deploy', folder])).urls[0] ?? '';
    assert.equal((await git(['init', '-q', '-b', 'main'])).code, 0);
    await commitAll(folder, 'One');
    assert.equal((await git(['push', '-q', '--force', remote('site'), 'main'])).code, 0);
  });
  after(() => fairway.end());

  test('the default branch cannot be deleted', async () => {
    const { code, stderr } = await git(['push', remote('site'), ':main']);

    assert.notEqual(code, 0);
    assert.match(stderr, /remote: the default branch refs\/heads\/main cannot be deleted.*nothing was changed/s);
    assert.match((await git(['ls-remote', remote('site')])).stdout, /refs\/heads\/main/);
  });

  for (const name of ['..%2fevil', 'a..b', '.hidden', 'x'.repeat(101)]) {
    test(`a repository cannot be called ${name.slice(0, 20)}`, async () => {
      const { code, stderr } = await git(['push', remote(name), 'main']);

      assert.notEqual(code, 0);
      assert.match(stderr, /is not a repository name: use at most 100 of/);
    });
  }

  test('of two pushes at once one wins, the other is told to fetch first, and the winner is built once', async () => {
    const clones = await Promise.all(
      ['left', 'right'].map(async (name) => {
        assert.equal((await git(['clone', '-q', remote('site'), name], fairway.work)).code, 0);
        const clone = await fairway.folderOf(name, { 'index.html': page.replace('one', name) });
        return { name, clone, commit: await commitAll(clone, name) };
      }),
    );

    const pushes = await Promise.all(clones.map(({ clone }) => git(['push', 'origin', 'main'], clone)));

    const won = clones.filter((_clone, index) => pushes[index]?.code === 0);
    assert.equal(won.length, 1, pushes.map(({ stderr }) => stderr).join('\n'));
    assert.match(pushes.find(({ code }) => code !== 0)?.stderr ?? '', /rejected|cannot lock ref|failed to update ref/);
    const [winner] = won;
    await until(async () => ((await fairway.ask(url)).body.includes(winner?.name ?? '?') ? true : undefined), 'the winner answers', 30_000);
    const text = await builds();
    for (const { commit } of clones) assert.equal(text.includes(commit), commit === winner?.commit);
  });

  for (const { path, body, status, fields, because } of [
    { path: projects, body: '{"apiVersion":', status: 400, fields: [], because: 'it is cut off' },
    { path: projects, body: '[]', status: 400, fields: [], because: 'it is no object' },
    { path: projects, body: project('x').replace('Project', 'Nonsense'), status: 400, fields: [], because: 'the kind is another' },
    {
      path: components,
      body: project('x', { spec: { owner: { projectName: 7 }, build: 'no' } }).replace('Project', 'Component'),
      status: 422,
      fields: ['spec.build', 'spec.owner.projectName', 'spec.type'],
      because: 'two fields have another type and one is missing',
    },
    {
      path: projects,
      body: project('x'.repeat(300), { spec: {} }),
      status: 422,
      fields: ['metadata.name'],
      because: 'the name is too long',
    },
    {
      path: projects,
      body: project('No_Name', { spec: {} }),
      status: 422,
      fields: ['metadata.name'],
      because: 'the name has other letters',
    },
  ]) {
    test(`an object is refused because ${because}: all errors by field, and nothing is made`, async () => {
      const before = [await names(projects), await names(components)];

      const answer = await send('POST', path, body);

      assert.equal(answer.status, status, answer.text);
      assert.deepEqual((answer.json.details?.causes ?? []).map(({ field }) => field).toSorted(), fields);
      assert.ok(answer.text.length > 40, 'it says why');
      assert.deepEqual([await names(projects), await names(components)], before);
    });
  }

  test('a kind that is not served is answered as Kubernetes answers it, and nothing is made', async () => {
    const before = await names(projects);

    const answer = await send('POST', projects.replace('projects', 'nonsenses'), project('x'));

    assert.deepEqual([answer.status, answer.text.trim()], [404, '404 page not found']);
    assert.deepEqual(await names(projects), before);
  });

  for (const { body, because } of [
    { body: '{"name":', because: 'it is cut off' },
    { body: '{"name":7}', because: 'the name is a number' },
    { body: `{"name":"${'x'.repeat(64)}"}`, because: 'the name is too long' },
  ]) {
    test(`the API of OpenChoreo refuses a project because ${because}`, async () => {
      const before = await names(projects);

      const answer = await send('POST', '/api/v1/orgs/default/projects', body);

      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.text, /"success":false,"error":".{10,}","code":"INVALID_/);
      assert.deepEqual(await names(projects), before);
    });
  }

  test('an object that was changed meanwhile is not overwritten', async () => {
    const made = await send('POST', projects, project('stale', { spec: { deploymentPipelineRef: 'default' } }));
    assert.equal(made.status, 201, made.text);
    const change = (from: Answer['json'], description: string): string =>
      JSON.stringify({ ...from, metadata: { ...from.metadata, annotations: { 'openchoreo.dev/description': description } } });
    // Reconcilers write the status meanwhile: whoever is first, the first writer of the newest form wins.
    await until(async () => {
      const { json } = await send('GET', `${projects}/stale`);
      return (await send('PUT', `${projects}/stale`, change(json, 'first'))).status === 200 ? true : undefined;
    }, 'the newest form is written');

    const late = await send('PUT', `${projects}/stale`, change(made.json, 'second'));

    assert.equal(late.status, 409);
    assert.equal(late.json.reason, 'Conflict');
    assert.match(
      late.json.message ?? '',
      /^Operation cannot be fulfilled on projects\.openchoreo\.dev "stale": the object has been modified/,
    );
    assert.match((await send('GET', `${projects}/stale`)).text, /first/);
  });
});
