import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BindingSpec } from '@fairway/contracts';
import type { RenderedResource, RenderInput } from './render-input.ts';
import { renderObjects } from './render-objects.ts';

const scope = { organization: 'default', project: 'default', component: 'greeter-service', environment: 'development' };
const image = 'registry.fairway.localhost/default/default/greeter@sha256:aa';
const mainClass = {
  deploymentTemplate: { replicas: 1, template: { spec: { containers: [{ name: 'main', resources: { limits: { cpu: '400m' } } }] } } },
  serviceTemplate: { type: 'ClusterIP' },
};
const spec = (more: Partial<BindingSpec> = {}): BindingSpec => ({
  owner: { projectName: 'default', componentName: 'greeter-service' },
  environment: 'development',
  className: 'default',
  componentRelease: 'greeter-service-v1',
  workloadSpec: { containers: { main: { image, args: ['--port', '9090'] } }, endpoints: { 'greeter-api': { type: 'REST', port: 9090 } } },
  ...more,
});
const input = (more: Partial<RenderInput> = {}): RenderInput => ({
  type: 'Service',
  scope,
  binding: 'greeter-service',
  spec: spec(),
  classSpec: mainClass,
  apiClasses: { default: {} },
  variables: {},
  ...more,
});
const api = (exposeLevels: string[]): NonNullable<BindingSpec['apis']> => ({
  'greeter-api': { className: 'default', type: 'REST', rest: { backend: { port: 9090, basePath: '/greeter' }, exposeLevels } },
});
const web = (more: Partial<RenderInput> = {}): RenderInput =>
  input({
    type: 'WebApplication',
    binding: 'react-starter',
    scope: { ...scope, component: 'react-starter' },
    spec: spec({ workloadSpec: { containers: { main: { image } }, endpoints: { webapp: { type: 'HTTP', port: 8080 } } } }),
    ...more,
  });
const find = (resources: readonly RenderedResource[], kind: string) =>
  resources.find(({ object }) => object.kind === kind) ?? assert.fail(`no ${kind}`);
const specOf = <T>(resources: readonly RenderedResource[], kind: string): T => find(resources, kind).object.spec as T;
interface DeploymentShape {
  replicas: number;
  strategy: unknown;
  selector: { matchLabels: Record<string, string> };
  template: {
    metadata: { annotations: Record<string, string> };
    spec: { containers: { name: string; image?: string; resources?: unknown; env?: unknown }[]; imagePullSecrets: unknown };
  };
}

describe('rendering', () => {
  const counts: readonly { because: string; input: RenderInput; count: number }[] = [
    {
      because: 'a service with one REST API on two levels is 2 + 3 × 2',
      input: input({ spec: spec({ apis: api(['Organization', 'Public']) }) }),
      count: 8,
    },
    { because: 'no level means Public, for the route and its policies alike', input: input({ spec: spec({ apis: api([]) }) }), count: 5 },
    { because: 'the level Project needs no route', input: input({ spec: spec({ apis: api(['Project']) }) }), count: 2 },
    { because: 'a gRPC service has no route', input: input(), count: 2 },
    { because: 'a web application with one endpoint is 3', input: web(), count: 3 },
    {
      because: 'a worker without endpoints has no Service, because Kubernetes refuses one without ports',
      input: input({ spec: spec({ workloadSpec: { containers: { main: { image } } } }) }),
      count: 1,
    },
    {
      because: 'a task is 1',
      input: input({ type: 'ScheduledTask', spec: spec({ workloadSpec: { containers: { main: { image } }, schedule: '* * * * *' } }) }),
      count: 1,
    },
  ];
  for (const { because, input: given, count } of counts) {
    test(`makes ${count} objects: ${because}`, () => {
      assert.equal(renderObjects(given).length, count);
    });
  }

  test('names, namespace, labels and hosts are those of the contract, ours first', () => {
    const resources = renderObjects(input({ spec: spec({ apis: api(['Organization', 'Public']) }) }));
    const routes = resources.filter(({ object }) => object.kind === 'HTTPRoute').map(({ object }) => object);

    const deployment = find(resources, 'Deployment');
    assert.equal(deployment.id, 'greeter-service-deployment');
    assert.equal(deployment.object.metadata.name, 'greeter-service-483f44a4');
    assert.equal(deployment.object.metadata.namespace, 'dp-default-default-development-f8e58905');
    assert.deepEqual(specOf<DeploymentShape>(resources, 'Deployment').selector.matchLabels, {
      'organization-name': 'default',
      'project-name': 'default',
      'environment-name': 'development',
      'component-name': 'greeter-service',
    });
    assert.deepEqual(
      routes.map(({ metadata }) => metadata.name),
      ['greeter-servi-greeter-api-organization-httproute-54724069', 'greeter-servi-greeter-api-public-httproute-7c8cbc62'],
    );
    assert.deepEqual((routes[1]?.spec as { hostnames?: string[] } | undefined)?.hostnames, [
      'greeter-service.default.development.default.localhost',
      'greeter-service.development.localhost',
      'development.choreoapis.localhost',
    ]);
    assert.deepEqual(specOf<{ ports: unknown }>(resources, 'Service').ports, [
      { name: 'ep-9090-tcp', port: 9090, protocol: 'TCP', targetPort: 9090 },
    ]);
  });

  test('two projects never share the host of a web application', () => {
    const hostsOf = (project: string): string[] =>
      specOf<{ hostnames: string[] }>(renderObjects(web({ scope: { ...scope, project } })), 'HTTPRoute').hostnames;

    assert.notEqual(hostsOf('one')[0], hostsOf('two')[0]);
    assert.equal(hostsOf('one').length, 2);
  });

  test('a second endpoint of a web application has a host of its own', () => {
    const workloadSpec = {
      containers: { main: { image } },
      endpoints: { admin: { type: 'HTTP', port: 81 }, web: { type: 'HTTP', port: 80 } },
    } as const;
    const routes = renderObjects(web({ spec: spec({ workloadSpec }) })).filter(({ object }) => object.kind === 'HTTPRoute');
    const hosts = routes.flatMap(({ object }) => (object.spec as { hostnames: string[] }).hostnames);

    assert.equal(new Set(hosts).size, hosts.length);
  });

  test('a new instance is ready before an old one goes, and another release always rolls', () => {
    const deployment = specOf<DeploymentShape>(renderObjects(web()), 'Deployment');

    assert.deepEqual(deployment.strategy, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    assert.equal(deployment.template.metadata.annotations['fairway.dev/component-release'], 'greeter-service-v1');
    assert.deepEqual(deployment.template.spec.imagePullSecrets, [{ name: 'fairway-registry' }]);
    assert.deepEqual(deployment.template.spec.containers, [
      {
        name: 'main',
        resources: { limits: { cpu: '400m' } },
        image,
        ports: [{ name: 'ep-8080-tcp', containerPort: 8080, protocol: 'TCP' }],
      },
    ]);
  });

  test('a container of another name gets what the class says of main instead of standing beside it without an image', () => {
    const workloadSpec = { containers: { web: { image } } };
    const { containers } = specOf<DeploymentShape>(renderObjects(input({ spec: spec({ workloadSpec }) })), 'Deployment').template.spec;

    assert.deepEqual(containers, [{ name: 'web', resources: { limits: { cpu: '400m' } }, image }]);
  });

  test('suspending means no replicas, and a task that is not started', () => {
    const suspended = renderObjects(web({ spec: { ...web().spec, releaseState: 'Suspend' } }));
    const task = renderObjects(
      input({
        type: 'ScheduledTask',
        spec: spec({ releaseState: 'Suspend', workloadSpec: { containers: { main: { image } }, schedule: '0 3 * * *' } }),
      }),
    );

    assert.equal(specOf<DeploymentShape>(suspended, 'Deployment').replicas, 0);
    assert.equal(specOf<{ suspend: boolean }>(task, 'CronJob').suspend, true);
  });

  test('the name of a CronJob fits into the 52 characters that Kubernetes allows', () => {
    const binding = 'a-component-with-quite-a-long-name-for-a-scheduled-task';
    const task = renderObjects(
      input({ type: 'ScheduledTask', binding, spec: spec({ workloadSpec: { containers: { main: { image } }, schedule: '0 3 * * *' } }) }),
    );

    assert.ok(find(task, 'CronJob').object.metadata.name.length <= 52);
  });

  test('a secret version becomes a Secret without values, whose name changes with the version', () => {
    const withVersion = (version: number) =>
      renderObjects(web({ variables: { main: [{ name: 'TOKEN', secret: { name: 'keys', version, key: 'TOKEN' } }] } }));
    const first = find(withVersion(1), 'Secret').object;
    const second = find(withVersion(2), 'Secret').object;

    assert.notEqual(first.metadata.name, second.metadata.name);
    assert.equal(first.data, undefined);
    assert.deepEqual(specOf<DeploymentShape>(withVersion(1), 'Deployment').template.spec.containers[0]?.env, [
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: first.metadata.name, key: 'keys.TOKEN' } } },
    ]);
  });

  const mistakes: readonly { because: string; input: RenderInput; message: RegExp }[] = [
    { because: 'a task without a schedule never runs', input: input({ type: 'ScheduledTask' }), message: /has no schedule/ },
    {
      because: 'a workload without containers runs nothing',
      input: input({ spec: spec({ workloadSpec: {} }) }),
      message: /has no container/,
    },
    {
      because: 'an unknown level would be no route at all',
      input: input({ spec: spec({ apis: api(['Everybody']) }) }),
      message: /unknown exposeLevel "Everybody"/,
    },
    {
      because: 'an API without a port and with several endpoints is ambiguous',
      input: input({
        spec: spec({
          apis: { other: { className: 'default', type: 'REST' } },
          workloadSpec: { containers: { main: { image } }, endpoints: { a: { type: 'HTTP', port: 1 }, b: { type: 'HTTP', port: 2 } } },
        }),
      }),
      message: /says no backend port/,
    },
    {
      because: 'a limit that cannot be read must not silently be no limit',
      input: input({
        spec: spec({ apis: api([]) }),
        apiClasses: { default: { restPolicy: { defaults: { rateLimit: { requests: 10, window: 'soon' } } } } },
      }),
      message: /rate limit .* cannot be read/,
    },
    {
      because: 'an API must not look protected and be open',
      input: input({
        spec: spec({ apis: api([]) }),
        apiClasses: { default: { restPolicy: { defaults: { authentication: { type: 'apikey' } } } } },
      }),
      message: /only JWT can be checked/,
    },
  ];
  for (const { because, input: given, message } of mistakes) {
    test(`refuses: ${because}`, () => {
      assert.throws(() => renderObjects(given), { name: 'InvalidConfiguration', message });
    });
  }
});
