import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Component, ConfigurationGroup, DeploymentPipeline, Project, Secret, SecretVersion, Workload } from '@fairway/contracts';
import { apiVersionOf, type Change, type Kind, type Resource } from '@fairway/resources/model';
import { administrator, type Harness, startHarness } from '#testing';
import { createComponent } from './create-component.ts';

const object = (kind: Kind, name: string, spec: object, more: object = {}): Resource => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { name, namespace: 'default', ...more },
  spec,
});
const component = (name: string, projectName = 'default') =>
  object(Component, name, { owner: { projectName }, type: 'WebApplication' }) as Resource<{ owner: { projectName: string }; type: string }>;

describe('what catalog lets in', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
    await harness.create(object(Project, 'shop', {}), component('hello'));
  });
  after(async () => {
    await harness.stop();
  });
  const commit = (change: Change) => harness.resources.commit({ caller: administrator, action: 'test' }, [change]);

  const refusals: readonly { because: string; object: Resource; field: string }[] = [
    { because: 'a dot would be read as the next part of a host', object: component('a.b'), field: 'metadata.name' },
    { because: 'names of hosts are made from it', object: component('x'.repeat(51)), field: 'metadata.name' },
    { because: 'upper case is no host', object: object(Project, 'Shop', {}), field: 'metadata.name' },
    { because: 'a component lies in a project', object: component('lonely', 'nowhere'), field: 'spec.owner.projectName' },
    {
      because: 'a circle has no first environment',
      object: object(DeploymentPipeline, 'round', {
        promotionPaths: [
          { sourceEnvironmentRef: 'a', targetEnvironmentRefs: [{ name: 'b' }] },
          { sourceEnvironmentRef: 'b', targetEnvironmentRefs: [{ name: 'a' }] },
        ],
      }),
      field: 'spec.promotionPaths',
    },
    {
      because: 'a value for nobody would be missing in silence',
      object: object(ConfigurationGroup, 'hello', {
        configurations: [{ key: 'A', values: [{ environmentGroupRef: 'none', value: 'x' }] }],
      }),
      field: 'spec.configurations[0].values[0].environmentGroupRef',
    },
    {
      because: 'the platform sets it for each instance',
      object: object(ConfigurationGroup, 'hello', {
        configurations: ['GREETING', 'PORT_8080'].map((key) => ({ key, values: [{ environment: 'development', value: '1' }] })),
      }),
      field: 'spec.configurations[1].key',
    },
    {
      because: 'the platform sets it for each instance',
      object: object(Secret, 'hello.port', { component: 'hello', stringData: { PORT: '1' } }),
      field: 'spec.stringData[PORT]',
    },
    {
      because: 'a secret of a component’s name is given to it whole',
      object: object(Secret, 'hello', { stringData: { PORT: '1' } }),
      field: 'spec.stringData[PORT]',
    },
    { because: 'a key becomes a variable', object: object(Secret, 'bad', { stringData: { 'a b': 'x' } }), field: 'spec.stringData[a b]' },
  ];
  for (const { because, object: given, field } of refusals) {
    test(`refuses ${given.kind} by ${field}: ${because}`, async () => {
      await assert.rejects(harness.create(given), (error: { reason?: string; details?: { fields?: { field: string }[] } }) => {
        assert.deepEqual([error.reason, error.details?.fields?.[0]?.field], ['invalid', field]);
        return true;
      });
    });
  }

  test('a port of something else is a key as any, and what was stored before can be changed', async () => {
    const group = (name: string, configurations: object[]) => object(ConfigurationGroup, name, { configurations });
    const port = { key: 'PORT', values: [{ environment: 'development', value: '5432' }] };
    await harness.create(group('database', [port]), group('later', [port]), object(Secret, 'database', { stringData: { PORT: '5432' } }));
    await harness.create(component('later'));

    const more = { key: 'MORE', values: port.values };
    await harness.resources.apply({ caller: administrator, action: 'test' }, group('later', [port, more]), {
      fieldManager: 'test',
      force: true,
    });

    const stored = await harness.get(ConfigurationGroup, 'later');
    assert.deepEqual(
      stored?.spec?.configurations.map(({ key }) => key),
      ['PORT', 'MORE'],
    );
  });

  test('a component of the same name in another project is told who has it', async () => {
    const expected = { reason: 'already-exists', message: /already exists in project "default".*"shop-hello"/ };

    await assert.rejects(createComponent({ resources: harness.resources }, administrator, component('hello', 'shop')), expected);
    await assert.rejects(
      commit({ op: 'mutate', kind: Component, key: { namespace: 'default', name: 'hello' }, change: () => component('hello', 'shop') }),
      expected,
    );
  });

  test('a component belongs to its project, and a workload that came first is adopted by its component', async () => {
    await harness.create(object(Workload, 'early-workload', { owner: { projectName: 'default', componentName: 'early' } }));
    await harness.create(component('early'));
    const workload = await harness.until('the owner', async () => {
      const found = await harness.get(Workload, 'early-workload');
      return found?.metadata.ownerReferences?.[0]?.name === 'early' ? found : undefined;
    });

    assert.equal((await harness.get(Component, 'early'))?.metadata.ownerReferences?.[0]?.kind, 'Project');
    assert.equal(workload.metadata.labels?.['openchoreo.dev/component'], 'early');
  });
});

describe('secrets', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.stop();
  });
  const write = (stringData: Record<string, string>) => {
    const manifest = object(
      Secret,
      'keys',
      { component: 'hello', stringData },
      {
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ stringData }), note: 'kept' },
      },
    );
    return harness.resources.apply({ caller: administrator, action: 'secret.set' }, manifest, { fieldManager: 'kubectl', force: true });
  };

  test('take values and never give them back, in no field, annotation or managed field', async () => {
    await write({ TOKEN: 'swordfish' });
    const { items } = await harness.resources.list(Secret, { namespace: 'default' });

    assert.ok(!JSON.stringify(items).includes('swordfish'));
    assert.deepEqual([items[0]?.spec?.keys, items[0]?.spec?.currentVersion], [['TOKEN'], 1]);
    assert.equal(items[0]?.metadata.annotations?.note, 'kept');
    assert.ok((await harness.get(SecretVersion, 'keys-v1'))?.spec?.sealed.TOKEN);
  });

  test('are put to another use along with their values alone', async () => {
    const use = (label: string | undefined, stringData?: Record<string, string>) =>
      harness.resources.commit({ caller: administrator, action: 'secret.use' }, [
        {
          op: 'mutate',
          kind: Secret,
          key: { namespace: 'default', name: 'used' },
          create: true,
          change: (current) =>
            object(Secret, 'used', stringData === undefined ? {} : { stringData }, {
              ...current?.metadata,
              labels: { ...(label === undefined ? {} : { 'fairway.dev/use': label }) },
            }),
        },
      ]);
    await use(undefined, { TOKEN: 'one' });

    await assert.rejects(use('cluster-credentials'), { reason: 'invalid', message: /"fairway\.dev\/use".*stringData/ });
    await use('cluster-credentials', { TOKEN: 'two' });
    await use('cluster-credentials');
    await assert.rejects(use(undefined), { reason: 'invalid' });
    await use(undefined, { TOKEN: 'two' });
  });

  test('make no new version of the same values, and a new one of others', async () => {
    await write({ TOKEN: 'swordfish' });
    assert.equal((await harness.get(Secret, 'keys'))?.spec?.currentVersion, 1);

    await write({ TOKEN: 'other' });
    assert.equal((await harness.get(Secret, 'keys'))?.spec?.currentVersion, 2);
    assert.ok(await harness.get(SecretVersion, 'keys-v1'));
    assert.ok(await harness.get(SecretVersion, 'keys-v2'));
  });

  test('keep their version when something else is written, whatever the writer claims', async () => {
    await harness.resources.commit({ caller: administrator, action: 'test' }, [
      {
        op: 'mutate',
        kind: Secret,
        key: { namespace: 'default', name: 'keys' },
        change: (current) => current && { ...current, spec: { environment: 'staging', currentVersion: 99, digest: 'mine' } },
      },
    ]);
    const secret = await harness.get(Secret, 'keys');

    assert.equal(secret?.spec?.currentVersion, 2);
    assert.equal(secret?.spec?.environment, 'staging');
  });

  type Spec = NonNullable<Awaited<ReturnType<typeof harness.get<typeof Secret>>>>['spec'];
  const merges: { because: string; change: (spec: NonNullable<Spec>) => object; sealed: Record<string, string> }[] = [
    {
      because: 'a patch adds a key to those that there are',
      change: (spec) => ({ ...spec, stringData: { B: '2' } }),
      sealed: { A: '1', B: '2' },
    },
    {
      because: 'a patch changes a key and keeps the others',
      change: (spec) => ({ ...spec, stringData: { A: '3' } }),
      sealed: { A: '3', K: '9' },
    },
    { because: 'a name that is taken out takes its value along', change: (spec) => ({ ...spec, keys: ['K'] }), sealed: { K: '9' } },
    { because: 'a name that is made up has no value', change: (spec) => ({ ...spec, keys: ['A', 'K', 'X'] }), sealed: { A: '1', K: '9' } },
    { because: 'a whole new manifest is the whole Secret', change: () => ({ stringData: { B: '2' } }), sealed: { B: '2' } },
  ];
  for (const [index, { because, change, sealed }] of merges.entries())
    test(`merge as Kubernetes merges them: ${because}`, async () => {
      const name = `merged-${index}`;
      const values = 'B' in sealed && 'A' in sealed ? { A: '1' } : { A: '1', K: '9' };
      await harness.create(object(Secret, name, { stringData: values }));

      await harness.resources.commit({ caller: administrator, action: 'test' }, [
        {
          op: 'mutate',
          kind: Secret,
          key: { namespace: 'default', name },
          change: (current) => current && { ...current, spec: change(current.spec as NonNullable<Spec>) },
        },
      ]);

      const { spec } = (await harness.get(Secret, name)) ?? {};
      assert.deepEqual(spec?.keys, Object.keys(sealed).sort());
      // A sealed value of these tests is the value, turned round.
      assert.deepEqual((await harness.get(SecretVersion, `${name}-v${spec?.currentVersion}`))?.spec?.sealed, sealed);
    });

  test('make no new version of values that are there, and refuse to merge into what cannot be read', async () => {
    await harness.create(object(Secret, 'partly', { stringData: { A: '1', B: '2' } }));
    const patch = (stringData: Record<string, string>) =>
      harness.resources.commit({ caller: administrator, action: 'test' }, [
        {
          op: 'mutate',
          kind: Secret,
          key: { namespace: 'default', name: 'partly' },
          change: (current) => current && { ...current, spec: { ...(current.spec as object), stringData } },
        },
      ]);

    await patch({ B: '2' });
    assert.equal((await harness.get(Secret, 'partly'))?.spec?.currentVersion, 1);
    await harness.resources.commit({ caller: administrator, action: 'test' }, [
      { op: 'delete', kind: SecretVersion, key: { namespace: 'default', name: 'partly-v1' } },
    ]);

    await assert.rejects(patch({ B: '3' }), { reason: 'conflict', message: /version 1.*is gone.*send all keys/s });
  });

  test('have versions that cannot be changed', async () => {
    const change = harness.resources.commit({ caller: administrator, action: 'test' }, [
      {
        op: 'mutate',
        kind: SecretVersion,
        key: { namespace: 'default', name: 'keys-v1' },
        change: (current) => current && { ...current, spec: { ...(current.spec as object), version: 3 } },
      },
    ]);

    await assert.rejects(change, { reason: 'invalid' });
  });
});
