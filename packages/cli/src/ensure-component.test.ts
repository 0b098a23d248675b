import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createFairway } from '@fairway/sdk';
import { ensureComponent } from './ensure-component.ts';
import { servePlatform, temporaryFolder } from './testing/run-for-test.ts';

const root = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default';
const place = { organization: 'default', project: 'store', component: 'web' };
const component = (projectName: string) => ({
  body: { metadata: { name: 'web' }, spec: { owner: { projectName }, type: 'WebApplication' } },
});

async function ensure(
  t: TestContext,
  replies: Parameters<typeof servePlatform>[1],
  of: { folder?: string; type?: string; project?: string; component?: string } = {},
) {
  const { env, calls } = await servePlatform(t, replies);
  const fairway = createFairway({ url: env.FAIRWAY_HOST ?? '', retries: 0 });
  const folder = of.folder ?? temporaryFolder(t);
  const { project = place.project, component: name = place.component } = of;
  await ensureComponent(
    fairway,
    { ...place, project, component: name },
    { folder, url: 'http://127.0.0.1:7070', type: of.type, signal: t.signal },
  );
  return calls
    .filter(({ method }) => method === 'POST')
    .map(({ path, body }) => ({ path, body: JSON.parse(body) as Record<string, unknown> }));
}
const made = {
  'POST /api/v1/orgs/default/projects': { body: { success: true, data: {} } },
  'POST /api/v1/orgs/default/projects/store/components': { body: { success: true, data: {} } },
};

test('project and component are made when they are absent', async (t) => {
  const calls = await ensure(t, made);

  assert.deepEqual(calls[0]?.body, { name: 'store' });
  assert.equal(calls[1]?.body.type, 'WebApplication');
  const repoUrl = 'http://127.0.0.1:7070/git/default/store/web.git';
  assert.deepEqual(calls[1]?.body.buildConfig, { repoUrl, repoBranch: 'main', componentPath: '.', buildTemplateRef: 'fairway' });
});

test('the type comes from the folder, unless a flag names it', async (t) => {
  const workload = temporaryFolder(t);
  writeFileSync(join(workload, 'workload.yaml'), '');
  const task = temporaryFolder(t);
  writeFileSync(join(task, 'fairway.yaml'), 'schedule: "* * * * *"\n');

  assert.equal((await ensure(t, made, { folder: workload }))[1]?.body.type, 'Service');
  assert.equal((await ensure(t, made, { folder: task }))[1]?.body.type, 'ScheduledTask');
  assert.equal((await ensure(t, made, { folder: task, type: 'WebApplication' }))[1]?.body.type, 'WebApplication');
  await assert.rejects(ensure(t, made, { type: 'Webapp' }), { exitCode: 2, message: /"Webapp" is no type/ });
});

test('what is there is left alone', async (t) => {
  const calls = await ensure(t, { [`GET ${root}/projects/store`]: { body: {} }, [`GET ${root}/components/web`]: component('store') });

  assert.deepEqual(calls, []);
});

test('a refused name leaves no project behind', async (t) => {
  for (const { because, replies = {}, of = {}, error } of [
    {
      because: 'another project has the component',
      replies: { [`GET ${root}/components/web`]: component('shop') },
      error: { exitCode: 7 },
    },
    {
      because: 'no host has such a name',
      of: { project: 'Bad Name' },
      error: {
        exitCode: 2,
        message: /^"Bad Name" cannot be the name of a project: it may hold .{0,80}$/,
        hint: 'a free choice is --project bad-name',
      },
    },
    { because: 'nor a component', of: { component: 'web_1' }, error: { exitCode: 2, hint: 'a free choice is --name web-1' } },
    { because: 'it is too long', of: { component: 'w'.repeat(51) }, error: { exitCode: 2, message: /50 at most/ } },
  ]) {
    let posts = 0;
    const post = () => {
      posts += 1;
      return {};
    };
    await assert.rejects(ensure(t, { 'POST /api/v1/orgs/default/projects': post, ...replies }, of), error, because);
    assert.equal(posts, 0, because);
  }
});

test('a name that another project has is refused, and a free one proposed', async (t) => {
  const clash = { exitCode: 7, message: /project shop of default has a component web already/, hint: /--name store-web/ };
  const conflict = { status: 409, body: { success: false, error: 'exists', code: 'COMPONENT_EXISTS' } };
  let looks = 0;

  await assert.rejects(ensure(t, { ...made, [`GET ${root}/components/web`]: component('shop') }), clash);
  await assert.rejects(
    ensure(t, {
      ...made,
      'POST /api/v1/orgs/default/projects/store/components': conflict,
      [`GET ${root}/components/web`]: () => {
        looks += 1;
        return looks === 1 ? { status: 404, body: {} } : component('shop');
      },
    }),
    clash,
    'somebody was faster',
  );
});
