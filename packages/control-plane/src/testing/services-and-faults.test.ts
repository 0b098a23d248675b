import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  Build,
  Component,
  DataPlane,
  DeploymentPipeline,
  DeploymentRecord,
  Environment,
  Project,
  Release,
  ScheduledTaskBinding,
  Service,
  ServiceBinding,
  ServiceClass,
  WebApplicationBinding,
  Workload,
} from '@fairway/contracts';
import { apiVersionOf, type Kind, type Resource, unavailable } from '@fairway/resources/model';
import { defaultObjects } from '#domains/catalog';
import { promoteComponent } from '#domains/delivery';
import { administrator, type Harness, startHarness } from './control-plane-harness.ts';
import { createFakeDataPlane, fakeDataPlanes } from './fake-data-plane.ts';

const object = (kind: Kind, name: string, spec: object): Resource => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { name, namespace: 'default' },
  spec,
});
const ownerOf = (componentName: string) => ({ projectName: 'default', componentName });
const component = (name: string, type: string): Resource => object(Component, name, { owner: { projectName: 'default' }, type });

describe('services, tasks and faults', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.stop();
  });
  const commit = (...changes: Parameters<Harness['resources']['commit']>[1]) =>
    harness.resources.commit({ caller: administrator, action: 'test' }, changes);
  const finish = (build: Resource, status: object) =>
    commit({
      op: 'status',
      object: {
        ...build,
        status: {
          ...status,
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
    });
  const build = (name: string, componentName: string): Resource =>
    object(Build, name, { owner: ownerOf(componentName), repository: { url: 'http://git/x.git' }, templateRef: { name: 'default' } });
  const reasonOf = async (kind: typeof ServiceBinding, name: string): Promise<{ reason?: string; message?: string }> =>
    (await harness.get(kind, name))?.status?.conditions?.find(({ type }) => type === 'Ready') ?? {};
  const untilReason = (kind: typeof ServiceBinding, name: string, reason: string) =>
    harness.until(`${name} to be ${reason}`, async () => {
      const found = await reasonOf(kind, name);
      return found.reason === reason ? found : undefined;
    });

  test('a service of a workload.yaml offers each HTTP endpoint as a public API, and others reach it through a connection', async () => {
    const [made] = await harness.create(build('cart-1', 'cart'), component('cart', 'Service'));
    await finish(made as Resource, {
      imageStatus: { image: 'example/cart@sha256:1' },
      workload: { endpoints: { rest: { type: 'REST', port: 9090 } } },
    });
    const service = await harness.until('the service', async () => harness.get(Service, 'cart-service'));
    assert.deepEqual(Object.keys(service.spec?.apis ?? {}), ['rest']);
    const cart = await harness.until('its endpoints', async () => {
      const found = await harness.get(ServiceBinding, 'cart-service');
      return found?.status?.endpoints?.[0]?.public === undefined ? undefined : found;
    });

    await harness.create(
      component('shop', 'Service'),
      object(Workload, 'shop-workload', {
        owner: ownerOf('shop'),
        containers: { main: { image: 'example/shop:1' } },
        connections: {
          cart: {
            type: 'api',
            params: { componentName: 'cart', endpoint: 'rest' },
            inject: { env: [{ name: 'CART_URL', value: '{{ .url }}/v1' }] },
          },
        },
      }),
      object(Service, 'shop', { owner: ownerOf('shop'), workloadName: 'shop-workload' }),
    );
    const shop = await harness.until('the shop', async () =>
      harness.plane.objects().find(({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.['component-name'] === 'shop'),
    );

    assert.equal(cart.status?.endpoints?.[0]?.public?.uri, 'http://development.choreoapis.localhost:7080/default/cart');
    assert.deepEqual(cart.status?.urls, ['http://cart.development.localhost:7080/default/cart']);
    assert.match(JSON.stringify(shop.spec), /"CART_URL","value":"http:\/\/cart-service-[0-9a-f]{8}:9090\/v1"/);
  });

  test('a connection to what is not there is said, and mended by its coming', async () => {
    await harness.create(
      object(ServiceBinding, 'caller', {
        owner: ownerOf('caller'),
        environment: 'development',
        workloadSpec: {
          containers: { main: { image: 'example/caller:1' } },
          connections: {
            late: {
              type: 'api',
              params: { componentName: 'late', endpoint: 'grpc' },
              inject: { env: [{ name: 'LATE', value: '{{ .uri }}' }] },
            },
          },
        },
      }),
    );
    const { message } = await untilReason(ServiceBinding, 'caller', 'ConnectionTargetNotFound');
    assert.match(message ?? '', /service "late" is not in environment "development"/);

    await harness.create(
      object(ServiceBinding, 'late', {
        owner: ownerOf('late'),
        environment: 'development',
        workloadSpec: { containers: { main: { image: 'example/late:1' } }, endpoints: { grpc: { type: 'gRPC', port: 50051 } } },
      }),
    );
    await untilReason(ServiceBinding, 'caller', 'ResourceHealthProgressing');
  });

  test('a connection names the address of a cluster where names do not resolve, and follows it, from another project too', async (t) => {
    const plane = createFakeDataPlane();
    let place = '127.64.0.9:19090';
    const withAddress = (service: Resource): Resource => ({
      ...service,
      metadata: { ...service.metadata, annotations: { ...service.metadata.annotations, 'fairway.dev/addresses': `{"9090":"${place}"}` } },
    });
    const apply: typeof plane.apply = (applied, ...rest) =>
      plane.apply(applied.kind === 'Service' ? withAddress(applied) : applied, ...rest);
    const local = await startHarness({ dataPlanes: fakeDataPlanes({ ...plane, apply }) });
    t.after(() => local.stop());
    const caller = (projectName: string, componentName: string): Resource =>
      object(ServiceBinding, componentName, {
        owner: { projectName, componentName },
        environment: 'development',
        workloadSpec: {
          containers: { main: { image: 'example/caller:1' } },
          connections: {
            cart: {
              type: 'api',
              params: { componentName: 'cart', endpoint: 'rest' },
              inject: { env: [{ name: 'CART', value: '{{ .url }} {{ .host }} {{ .port }}' }] },
            },
          },
        },
      });
    const envOf = (name: string): string =>
      JSON.stringify(
        plane
          .objects()
          .filter(({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.['component-name'] === name)
          .map(({ spec }) => spec),
      );
    const untilEnv = (name: string, value: string) =>
      local.until(`${name} with ${value}`, async () => envOf(name).includes(`"value":"${value}"`));

    await local.create(caller('default', 'near'), caller('other', 'far'));
    await local.create(
      object(ServiceBinding, 'cart', {
        owner: ownerOf('cart'),
        environment: 'development',
        workloadSpec: { containers: { main: { image: 'example/cart:1' } }, endpoints: { rest: { type: 'REST', port: 9090 } } },
      }),
    );
    for (const name of ['near', 'far']) await untilEnv(name, 'http://127.64.0.9:19090 127.64.0.9 19090');
    place = '127.64.0.9:19091';
    plane.put(withAddress(plane.find('Service') ?? assert.fail('no service')));

    for (const name of ['near', 'far']) await untilEnv(name, 'http://127.64.0.9:19091 127.64.0.9 19091');
  });

  test('a class that is missing is said, and mended by its coming', async () => {
    await harness.create(
      object(ServiceBinding, 'classy', {
        owner: ownerOf('classy'),
        environment: 'development',
        className: 'gold',
        workloadSpec: { containers: { main: { image: 'example/classy:1' } } },
      }),
    );
    const { message } = await untilReason(ServiceBinding, 'classy', 'ServiceClassNotFound');
    assert.equal(message, 'ServiceClass "gold" not found');

    await harness.create(object(ServiceClass, 'gold', { deploymentTemplate: { replicas: 2 } }));
    await untilReason(ServiceBinding, 'classy', 'ResourceHealthProgressing');
  });

  test('a scheduled task has a status, keeps its state, and needs no endpoint', async () => {
    const [made] = await harness.create(build('nightly-1', 'nightly'), component('nightly', 'ScheduledTask'));
    const result = {
      imageStatus: { image: 'example/nightly@sha256:1' },
      detected: { language: 'node', shape: 'task', schedule: '0 3 * * *' },
    };
    await finish(made as Resource, result);
    await untilReason(ScheduledTaskBinding, 'nightly-task', 'ResourceHealthProgressing');
    await commit({
      op: 'mutate',
      kind: ScheduledTaskBinding,
      key: { namespace: 'default', name: 'nightly-task' },
      change: (current) => current && { ...current, spec: { ...(current.spec as object), releaseState: 'Suspend' } },
    });
    await untilReason(ScheduledTaskBinding, 'nightly-task', 'ResourcesSuspended');
    const [second] = await harness.create(build('nightly-2', 'nightly'));
    await finish(second as Resource, { ...result, imageStatus: { image: 'example/nightly@sha256:2' } });
    const binding = await harness.until('the second release', async () => {
      const found = await harness.get(ScheduledTaskBinding, 'nightly-task');
      return found?.spec?.componentRelease === 'nightly-v2' ? found : undefined;
    });

    assert.equal(binding.spec?.releaseState, 'Suspend');
  });

  test('an older build that ends later overwrites nothing', async () => {
    const [older] = await harness.create(build('slow-1', 'slow'));
    const madeAt = Date.now();
    await harness.until('another moment', async () => Date.now() > madeAt + 1);
    const [newer] = await harness.create(build('slow-2', 'slow'), component('slow', 'Service'));
    await finish(newer as Resource, { imageStatus: { image: 'example/slow:2' } });
    await harness.until(
      'the newer one',
      async () => (await harness.get(Workload, 'slow-workload'))?.metadata.annotations?.['fairway.dev/build'] === 'slow-2',
    );
    await finish(older as Resource, { imageStatus: { image: 'example/slow:1' } });
    // A change after it shows that the older build was looked at.
    await commit({
      op: 'mutate',
      kind: Component,
      key: { namespace: 'default', name: 'slow' },
      change: (current) => current && { ...current, metadata: { ...current.metadata, labels: { looked: 'again' } } },
    });
    await harness.until('another look', async () => (await harness.get(Component, 'slow'))?.status?.latestBuild === 'slow-2');

    assert.equal((await harness.get(Workload, 'slow-workload'))?.spec?.containers?.main?.image, 'example/slow:2');
  });

  test('new builds go to the first environment of the pipeline, whatever its name is', async () => {
    await harness.create(
      object(Environment, 'qa', { dataPlaneRef: 'default' }),
      object(DeploymentPipeline, 'short', {
        promotionPaths: [{ sourceEnvironmentRef: 'qa', targetEnvironmentRefs: [{ name: 'production', requiresApproval: true }] }],
      }),
      object(Project, 'fast', { deploymentPipelineRef: 'short' }),
    );
    const owner = { projectName: 'fast', componentName: 'racer' };
    await harness.create(
      object(Component, 'racer', { owner: { projectName: 'fast' }, type: 'Service' }),
      object(Workload, 'racer-workload', { owner, containers: { main: { image: 'example/racer:1' } } }),
      object(Service, 'racer', { owner, workloadName: 'racer-workload' }),
    );
    const binding = await harness.until('the binding', async () => harness.get(ServiceBinding, 'racer'));

    assert.equal(binding.spec?.environment, 'qa');
    const promotion = {
      organization: 'default',
      project: 'fast',
      component: 'racer',
      sourceEnvironment: 'qa',
      targetEnvironment: 'production',
    };
    await assert.rejects(promoteComponent({ resources: harness.resources }, administrator, promotion), {
      reason: 'conflict',
      message: /needs an approval/,
    });
  });

  test('an image without a base is refused by a data plane that runs images, and the way out is said', async () => {
    const cluster = { kubernetesCluster: { server: 'https://cluster.example' } };
    await harness.create(object(DataPlane, 'remote', cluster), object(Environment, 'remote', { dataPlaneRef: 'remote' }));
    await harness.create(
      object(ServiceBinding, 'bare', {
        owner: ownerOf('bare'),
        environment: 'remote',
        workloadSpec: { containers: { main: { image: 'registry.fairway.localhost/default/default/bare@sha256:1' } } },
      }),
    );
    const { message } = await untilReason(ServiceBinding, 'bare', 'InvalidConfiguration');

    assert.match(
      message ?? '',
      /runs on the built-in cluster only.*choose an environment of the built-in cluster, or let the Workload name an image/,
    );
    assert.equal(await harness.get(Release, 'bare'), undefined);
  });

  test('a data plane that cannot be reached is waited for, and nothing is recorded twice', async () => {
    harness.plane.failWith(unavailable('connect ECONNREFUSED'));
    await harness.create(
      object(WebApplicationBinding, 'patient', {
        owner: ownerOf('patient'),
        environment: 'development',
        workloadSpec: { containers: { main: { image: 'example/patient:1' } }, endpoints: { http: { type: 'HTTP', port: 80 } } },
      }),
    );
    const said = await harness.until('the reason', async () => {
      const found = await reasonOf(WebApplicationBinding, 'patient');
      return /cannot be reached/.test(found.message ?? '') ? found : undefined;
    });
    harness.plane.failWith(undefined);
    await commit({
      op: 'mutate',
      kind: Release,
      key: { namespace: 'default', name: 'patient' },
      change: (current) =>
        current && { ...current, metadata: { ...current.metadata, labels: { ...current.metadata.labels, look: 'again' } } },
    });
    await harness.until('the deployment', async () =>
      harness.plane.objects().some(({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.['component-name'] === 'patient'),
    );
    const records = await harness.resources.list(DeploymentRecord, { namespace: 'default', fieldSelector: 'spec.binding=patient' });

    assert.equal(said.reason, 'ResourceHealthProgressing');
    assert.equal(records.items.length, 1);
  });

  test('every organization deploys, into namespaces and hosts of its own', async () => {
    const binding = object(WebApplicationBinding, 'hello', {
      owner: ownerOf('hello'),
      environment: 'development',
      workloadSpec: { containers: { main: { image: 'example/hello:1' } }, endpoints: { http: { type: 'HTTP', port: 80 } } },
    });
    await harness.create(...defaultObjects('acme'), { ...binding, metadata: { name: 'hello', namespace: 'acme' } });
    const route = await harness.until('its route', async () =>
      harness.plane.objects().find(({ kind, metadata }) => kind === 'HTTPRoute' && metadata.labels?.['organization-name'] === 'acme'),
    );

    assert.match(route.metadata.namespace ?? '', /^dp-acme-default-development-/);
    assert.equal((route.spec as { hostnames: string[] }).hostnames[0], 'hello.default.development.acme.localhost');
  });

  test('a data plane stays until no environment uses it', async () => {
    await harness.until('its version', async () => (await harness.get(DataPlane, 'remote'))?.status?.version === 'v1.33.0');
    await commit({ op: 'delete', kind: DataPlane, key: { namespace: 'default', name: 'remote' } });
    const held = await harness.until('the reason', async () => {
      const found = await harness.get(DataPlane, 'remote');
      return found?.status?.conditions?.find(({ reason }) => reason === 'DataPlaneInUse');
    });
    await commit({ op: 'delete', kind: Environment, key: { namespace: 'default', name: 'remote' } });
    await harness.until('gone', async () => (await harness.get(DataPlane, 'remote')) === undefined);

    assert.match(held.message, /delete or move remote first/);
  });

  test('an environment that goes takes what runs in it along', async () => {
    await commit({ op: 'delete', kind: Environment, key: { namespace: 'default', name: 'qa' } });
    await harness.until('gone', async () => (await harness.get(Environment, 'qa')) === undefined);

    assert.equal(
      await harness.get(ServiceBinding, 'racer').then((found) => found?.metadata.deletionTimestamp === undefined && found),
      undefined,
    );
    assert.ok(
      !harness.plane.objects().some(({ metadata }) => metadata.labels?.['environment-name'] === 'qa' && metadata.name.startsWith('racer')),
    );
  });
});
