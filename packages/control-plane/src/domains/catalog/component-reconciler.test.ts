import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Build, Component, Project, Workload } from '@fairway/contracts';
import { apiVersionOf, type Kind, type Resource, reconcilerCaller, systemClock } from '@fairway/resources/model';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { componentController } from './component-reconciler.ts';
import { registerCatalog } from './index.ts';

const cause = { caller: reconcilerCaller('catalog'), action: 'test' };
const key = { namespace: 'default', name: 'hello' };
const owner = { projectName: 'default', componentName: 'hello' };
const object = (kind: Kind, name: string, spec: object): Resource => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { namespace: 'default', name },
  spec,
});

test('the newest succeeded build becomes the workload, also behind more builds than one answer holds', async () => {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const clock = { ...systemClock, now: () => now };
  const kinds = createKindRegistry();
  kinds.register(Build);
  registerCatalog(kinds, {
    sealer: { seal: (_organization, values) => ({ ...values }), open: (_organization, sealed) => ({ ...sealed }), digest: () => '' },
  });
  const resources = await openResources({
    database: openSqliteDatabase({ path: ':memory:', clock }),
    kinds,
    clock,
  });
  const create = (...objects: Resource[]) =>
    resources.commit(
      cause,
      objects.map((each) => ({ op: 'create', object: each })),
    );
  await create(object(Project, 'default', { deploymentPipelineRef: 'default-pipeline' }));
  await create(object(Component, 'hello', { owner: { projectName: 'default' }, type: 'WebApplication' }));
  const build = (name: string) => object(Build, name, { owner, repository: { url: '/git/hello.git' }, templateRef: { name: 'fairway' } });
  // The newest have the last names of all.
  for (let from = 0; from < 10_100; from += 404)
    await create(...Array.from({ length: 404 }, (_, index) => build(`a-${String(from + index).padStart(5, '0')}`)));
  const [good] = await create(build('z-good'));
  const condition = {
    type: 'BuildCompleted',
    status: 'True',
    reason: 'BuildCompleted',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const status = { imageStatus: { image: 'example/hello:good' }, conditions: [condition] };
  await resources.commit(cause, [{ op: 'status', object: { ...(good?.object as Resource), status } }]);
  now += 1_000;
  await create(build('z-newest'));

  const component = await resources.get(Component, key);
  assert.ok(component);
  const context = { resources, clock, signal: AbortSignal.timeout(10_000), cause: (action: string) => ({ ...cause, action }) };
  const result = await componentController().reconcile(component, context);

  assert.deepEqual(result.status, { latestBuild: 'z-newest' });
  const workload = await resources.get(Workload, { ...key, name: 'hello-workload' });
  assert.equal(workload?.spec?.containers?.main?.image, 'example/hello:good');
  await resources.close();
});
