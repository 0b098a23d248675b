import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  Build,
  Component,
  ComponentRelease,
  ConfigurationGroup,
  DeploymentRecord,
  Project,
  Release,
  Secret,
  SecretVersion,
  WebApplication,
  WebApplicationBinding,
  Workload,
} from '@fairway/contracts';
import { apiVersionOf, type Kind, type Resource } from '@fairway/resources/model';
import { listReleases, promoteComponent, rollbackComponent, setReleaseState } from '#domains/delivery';
import { administrator, type Harness, startHarness } from './control-plane-harness.ts';

const object = (kind: Kind, name: string, spec: object, more: object = {}): Resource => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { name, namespace: 'default', ...more },
  spec,
});
const owner = { projectName: 'default', componentName: 'hello' };
const address = { organization: 'default', project: 'default', component: 'hello' };
const image = (digit: string): string => `registry.fairway.localhost/default/default/hello@sha256:${digit.repeat(64)}`;

describe('from a build to what runs', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.stop();
  });

  const finishBuild = async (name: string, digit: string): Promise<void> => {
    const [build] = await harness.create(
      object(Build, name, { owner, repository: { url: 'http://git/hello.git' }, templateRef: { name: 'default' } }),
    );
    await harness.resources.commit({ caller: administrator, action: 'test.build' }, [
      {
        op: 'status',
        object: {
          ...(build as Resource),
          status: {
            imageStatus: { image: image(digit) },
            commit: digit.repeat(40),
            detected: { language: 'node', shape: 'web' },
            conditions: [
              {
                type: 'BuildCompleted',
                status: 'True',
                reason: 'BuildCompleted',
                message: 'done',
                lastTransitionTime: '2026-01-01T00:00:00Z',
              },
            ],
          },
        },
      },
    ]);
  };
  const deployment = (environment: string) =>
    harness.plane.objects().find(({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.['environment-name'] === environment);
  const containerOf = (environment: string) =>
    (
      deployment(environment)?.spec as
        | { template: { spec: { containers: { image: string; env?: { name: string; value?: string }[] }[] } } }
        | undefined
    )?.template.spec.containers[0];
  const replicasIn = (environment: string): unknown => (deployment(environment)?.spec as { replicas?: number } | undefined)?.replicas;
  const envOf = (environment: string): Record<string, string | undefined> =>
    Object.fromEntries((containerOf(environment)?.env ?? []).map(({ name, value }) => [name, value]));
  const turnHealthy = (environment: string): void => {
    const { apiVersion, kind, metadata } = deployment(environment) ?? assert.fail(`no deployment in ${environment}`);
    harness.plane.setStatus({ apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name }, { health: 'Healthy' });
  };
  const bindingIn = async (environment: string) => {
    const { items } = await harness.resources.list(WebApplicationBinding, {
      namespace: 'default',
      fieldSelector: `spec.environment=${environment}`,
    });
    return items[0];
  };
  const readyIn = (environment: string, release: string) =>
    harness.until(`${release} ready in ${environment}`, async () => {
      const binding = await bindingIn(environment);
      const ready = binding?.status?.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'True' && binding?.status?.componentRelease === release ? binding : undefined;
    });
  const imageIn = (environment: string, digit: string) =>
    harness.until(`image ${digit} in ${environment}`, async () => containerOf(environment)?.image === image(digit));

  test('a succeeded build becomes workload, typed object, binding, release and objects, and their health becomes its status', async () => {
    await harness.create(object(Component, 'hello', { owner: { projectName: 'default' }, type: 'WebApplication' }));
    await harness.create(
      object(ConfigurationGroup, 'hello', {
        configurations: [
          {
            key: 'GREETING',
            values: [
              { environment: 'development', value: 'hi dev' },
              { environment: 'staging', value: 'hi staging' },
            ],
          },
        ],
      }),
    );
    await finishBuild('hello-build-1', '1');
    await imageIn('development', '1');
    turnHealthy('development');
    const binding = await readyIn('development', 'hello-v1');

    assert.equal((await harness.get(Workload, 'hello-workload'))?.spec?.endpoints?.http?.port, 8080);
    assert.ok(await harness.get(WebApplication, 'hello-webapp'));
    const release = await harness.get(ComponentRelease, 'hello-v1');
    assert.deepEqual([release?.spec?.number, release?.spec?.commit, release?.spec?.build], [1, '1'.repeat(40), 'hello-build-1']);
    assert.equal(envOf('development').GREETING, 'hi dev');
    assert.equal(binding.status?.urls?.[0], 'http://hello.development.localhost:7080/');
    assert.equal(binding.status?.conditions?.[0]?.message, 'All 3 resources are deployed and healthy');
  });

  test('a crashing release says why, and the release that was healthy stays named', async () => {
    await finishBuild('hello-build-2', '2');
    await imageIn('development', '2');
    const { apiVersion, kind, metadata } = deployment('development') ?? assert.fail();
    const reference = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
    harness.plane.setStatus(reference, { health: 'Degraded', message: 'container main exited with code 7: cannot open database' });
    const binding = await harness.until('the reason', async () => {
      const found = await bindingIn('development');
      return found?.status?.conditions?.[0]?.reason === 'ResourceHealthDegraded' ? found : undefined;
    });

    assert.match(binding.status?.conditions?.[0]?.message ?? '', /1\/3 degraded, 2\/3 healthy.*exited with code 7: cannot open database/);
    assert.equal(binding.status?.componentRelease, 'hello-v1');
    turnHealthy('development');
    await readyIn('development', 'hello-v2');
  });

  test('promotion runs the very same release with the configuration of the target', async () => {
    const bindings = await promoteComponent({ resources: harness.resources }, administrator, {
      ...address,
      sourceEnvironment: 'development',
      targetEnvironment: 'staging',
    });
    await imageIn('staging', '2');
    turnHealthy('staging');
    const binding = await readyIn('staging', 'hello-v2');

    assert.deepEqual(
      bindings.map(({ spec }) => spec?.environment),
      ['development', 'staging'],
    );
    assert.equal(binding.metadata.name, 'hello-staging');
    assert.equal(envOf('staging').GREETING, 'hi staging');
  });

  test('promotion along no path and of nothing is refused in the order of the contract', async () => {
    const promote = (sourceEnvironment: string, targetEnvironment: string, component = 'hello') =>
      promoteComponent({ resources: harness.resources }, administrator, { ...address, component, sourceEnvironment, targetEnvironment });

    await assert.rejects(promote('development', 'production'), { message: 'Invalid promotion path' });
    await assert.rejects(promote('development', 'production', 'none'), { message: 'Invalid promotion path' });
    await assert.rejects(promote('development', 'staging', 'none'), { reason: 'not-found' });
  });

  test('a promotion leaves a suspended target suspended', async () => {
    const input = { ...address, binding: 'hello-staging', releaseState: 'Suspend' } as const;
    await setReleaseState({ resources: harness.resources }, administrator, input);
    await promoteComponent({ resources: harness.resources }, administrator, {
      ...address,
      sourceEnvironment: 'development',
      targetEnvironment: 'staging',
    });
    await harness.until('suspended', async () => (await bindingIn('staging'))?.status?.conditions?.[0]?.reason === 'ResourcesSuspended');

    assert.equal(replicasIn('staging'), 0);
    await setReleaseState({ resources: harness.resources }, administrator, { ...input, releaseState: 'Active' });
    await harness.until('active', async () => replicasIn('staging') === 1);
  });

  test('the state of another component is not to be changed through this one', async () => {
    await harness.create(object(Component, 'other', { owner: { projectName: 'default' }, type: 'WebApplication' }));

    await assert.rejects(
      setReleaseState({ resources: harness.resources }, administrator, {
        ...address,
        component: 'other',
        binding: 'hello-staging',
        releaseState: 'Suspend',
      }),
      { reason: 'not-found' },
    );
  });

  test('secrets reach the data plane by reference and are stored nowhere in the clear', async () => {
    await harness.create(object(Secret, 'hello-keys', { component: 'hello', stringData: { TOKEN: 'top secret' } }));
    const rendered = await harness.until('the secret', async () =>
      harness.plane.objects().find(({ kind, metadata }) => kind === 'Secret' && metadata.labels?.['environment-name'] === 'development'),
    );
    const stored = await harness.get(Release, 'hello-webapp');

    assert.equal((await harness.get(Secret, 'hello-keys'))?.spec?.stringData, undefined);
    assert.equal((await harness.get(SecretVersion, 'hello-keys-v1'))?.spec?.version, 1);
    assert.equal(
      Buffer.from((rendered.data as Record<string, string>)['hello-keys.TOKEN'] ?? '', 'base64').toString(),
      'hello-keys-value-1',
    );
    assert.ok(!JSON.stringify(stored).includes('hello-keys-value-1'));
    turnHealthy('development');
    await readyIn('development', 'hello-v2');
  });

  test('a rollback brings the earlier release back with its configuration and without its later secrets, and stays', async () => {
    const { record } = await rollbackComponent({ resources: harness.resources }, administrator, {
      ...address,
      environment: 'development',
      to: 'v1',
    });
    await imageIn('development', '1');
    turnHealthy('development');
    const binding = await readyIn('development', 'hello-v1');

    assert.equal(record.spec?.componentRelease, 'hello-v1');
    assert.equal(binding.spec?.deploymentRecord, record.metadata.name);
    assert.equal(envOf('development').TOKEN, undefined);
    assert.equal(Object.keys(envOf('development')).includes('TOKEN'), false);
    const newest = await harness.get(DeploymentRecord, binding.status?.deploymentRecord ?? '');
    assert.equal(newest?.spec?.rollbackOf, record.metadata.name);
    assert.equal(newest?.spec?.principal, 'user:admin');
  });

  test('a rollback without a name goes to what was healthy before', async () => {
    const { record } = await rollbackComponent({ resources: harness.resources }, administrator, { ...address, environment: 'development' });
    await imageIn('development', '2');

    assert.equal(record.spec?.componentRelease, 'hello-v2');
    turnHealthy('development');
    await readyIn('development', 'hello-v2');
  });

  test('the releases of a component say where they run', async () => {
    const releases = await listReleases({ resources: harness.resources }, administrator, address);

    assert.deepEqual(
      releases.map(({ name }) => name),
      ['hello-v2', 'hello-v1'],
    );
    assert.deepEqual(releases[0]?.environments.map(({ name }) => name).sort(), ['development', 'staging']);
    assert.equal(
      releases[1]?.deployments.some(({ wasHealthy }) => wasHealthy),
      true,
    );
  });

  test('what lies in the data plane by hand and is not wanted any more goes; a stranger stays', async () => {
    const { labels = {}, annotations = {} } = deployment('development')?.metadata ?? {};
    const namespace = deployment('development')?.metadata.namespace ?? '';
    harness.plane.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'left-over', namespace, labels, annotations } });
    harness.plane.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'stranger', namespace } });

    await harness.until('pruned', async () => harness.plane.find('Service', 'left-over') === undefined);
    assert.ok(harness.plane.find('Service', 'stranger'));
  });

  test('undeploying clears the data plane and keeps the binding', async () => {
    await setReleaseState({ resources: harness.resources }, administrator, {
      ...address,
      binding: 'hello-staging',
      releaseState: 'Undeploy',
    });
    const binding = await harness.until('undeployed', async () => {
      const found = await bindingIn('staging');
      return found?.status?.conditions?.[0]?.message === 'Resources undeployed' ? found : undefined;
    });

    assert.equal(deployment('staging'), undefined);
    assert.equal(binding.status?.conditions?.[0]?.reason, 'ResourcesUndeployed');
  });

  test('deleting the project takes components, bindings, records and everything in the data plane along', async () => {
    await harness.resources.commit({ caller: administrator, action: 'project.delete' }, [
      { op: 'delete', kind: Project, key: { namespace: 'default', name: 'default' } },
    ]);
    await harness.until('gone', async () => (await harness.get(Project, 'default')) === undefined);

    assert.equal(await harness.get(Component, 'hello'), undefined);
    for (const kind of [WebApplicationBinding, Release]) {
      await harness.until(`no ${kind.kind}`, async () => (await harness.resources.list(kind)).items.length === 0);
    }
    for (const kind of [ComponentRelease, DeploymentRecord, Workload, WebApplication]) {
      await harness.until(`no ${kind.kind}`, async () => (await harness.resources.list(kind)).items.length === 0);
    }
    assert.deepEqual(
      harness.plane.objects().filter(({ kind }) => kind === 'Deployment' || kind === 'HTTPRoute'),
      [],
    );
  });
});
