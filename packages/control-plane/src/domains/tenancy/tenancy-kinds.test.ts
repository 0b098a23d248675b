import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AccessToken, Organization } from '@fairway/contracts';
import { silentLog } from '@fairway/resources/log';
import { apiVersionOf, isProblem, type Resources, systemClock, timestamp } from '@fairway/resources/model';
import { type Controller, type RunningLoop, startControllers } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { accessTokenController } from './access-token-reconciler.ts';
import { organizationController } from './organization-reconciler.ts';
import { tenancyKinds } from './tenancy-kinds.ts';

const cause = { caller: { principal: 'user:admin', permissions: ['*'] }, action: 'test' };

describe('tenancy', () => {
  let resources: Resources;
  let loops: RunningLoop;
  before(async () => {
    const kinds = createKindRegistry();
    tenancyKinds(kinds);
    const clock = systemClock;
    resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock }), kinds, clock });
    const controllers = [organizationController(), accessTokenController()] as unknown as Controller[];
    loops = await startControllers({ resources, controllers, clock, log: silentLog });
  });
  after(async () => {
    await loops.stop();
    await resources.close();
  });
  const organization = (name: string) => ({
    apiVersion: apiVersionOf(Organization),
    kind: Organization.kind,
    metadata: { name },
    spec: {},
  });
  const token = (name: string, spec: object) => ({
    apiVersion: apiVersionOf(AccessToken),
    kind: AccessToken.kind,
    metadata: { name },
    spec: { principal: 'user:ada', permissions: [], hash: name.padEnd(64, '0'), ...spec },
  });
  const create = (object: ReturnType<typeof organization>) => resources.commit(cause, [{ op: 'create', object }]);
  const until = async (check: () => Promise<boolean>): Promise<void> => {
    const end = Date.now() + 5_000;
    while (!(await check())) {
      assert.ok(Date.now() < end, 'this did not come about within 5 s');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  const names: [name: string, because: string][] = [
    ['Acme', 'it has a capital'],
    ['acme.dev', 'it has a dot'],
    ['-acme', 'it begins with a dash'],
    ['a'.repeat(64), 'it is too long for a host label'],
    ['fairway', 'it is the platform’s own'],
    ['kube-system', 'it is Kubernetes’ own'],
  ];
  for (const [name, because] of names)
    test(`refuses the organization ${name.slice(0, 20)}: ${because}`, async () => {
      await assert.rejects(create(organization(name)), (error) => isProblem(error, 'invalid') && /"|name/.test(error.message));
    });

  test('an organization is its own namespace and ready', async () => {
    await create(organization('acme'));
    await until(async () => (await resources.get(Organization, { name: 'acme' }))?.status?.namespace === 'acme');
  });

  test('nobody makes a token that opens more than their own', async () => {
    const maker = { principal: 'user:maker', permissions: ['tenancy.accesstoken.create', 'catalog.*'] };
    const by = (caller: object, spec: object) =>
      resources.commit({ caller: { ...maker, ...caller }, action: 'test' }, [
        { op: 'create', object: token(`made-${JSON.stringify([caller, spec]).length}`, spec) as never },
      ]);
    await by({}, { permissions: ['catalog.project.read', 'catalog.*'] });
    for (const permission of ['*', 'builds.build.create', 'catalog*'])
      await assert.rejects(by({}, { permissions: [permission] }), (error) => isProblem(error, 'forbidden'));
    const posing = { permissions: [], principal: 'service:fairway/delivery' };
    await assert.rejects(by({ permissions: ['*'] }, posing), (error) => isProblem(error, 'forbidden'));
    await assert.rejects(by({ organization: 'acme' }, { permissions: [] }), (error) => isProblem(error, 'forbidden'));
    await assert.rejects(by({ limits: { image: 'a/b/c' } }, { permissions: [] }), (error) => isProblem(error, 'forbidden'));
  });

  test('the end of a token is shown as the time that it is: an age would be 0s for all that lies ahead', () => {
    const { type } = AccessToken.columns.find(({ name }) => name === 'Expires') ?? {};
    assert.equal(type, 'string');
  });

  test('a token is never changed, and goes by itself after its end', async () => {
    await create(token('stays', {}) as never);
    const changed = { op: 'replace', object: token('stays', { permissions: ['*'] }) } as const;
    await assert.rejects(resources.commit(cause, [changed]), (error) => isProblem(error, 'invalid'));
    await create(token('ends', { expiresAt: timestamp(Date.now() - 1_000) }) as never);
    await until(async () => (await resources.get(AccessToken, { name: 'ends' })) === undefined);
    assert.ok(await resources.get(AccessToken, { name: 'stays' }));
  });
});
