import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { builtinKinds } from '@fairway/contracts/builtin';
import { kubectlIsMissing, startKubectl } from './testing/test-server.ts';

const missing = await kubectlIsMissing();
const options = missing === undefined ? {} : { skip: missing };

const component = (type: string, more = ''): string => `
apiVersion: openchoreo.dev/v1alpha1
kind: Component
metadata: { name: web, labels: { team: a } }
spec: { owner: { projectName: shop }, type: ${type}${more} }
`;
const deployment = (containers: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: app }
spec:
  replicas: 1
  selector: { matchLabels: { app: app } }
  template:
    metadata: { labels: { app: app } }
    spec: { containers: [${containers}] }
`;

// Some distributions of kubectl choose their own version by the server's, so each of these may be another program.
for (const minor of ['28', '31', '33'])
  test(`kubectl against a server of 1.${minor} does its everyday work on our kinds`, options, async (t) => {
    const { kubectl, faults } = await startKubectl(t, { version: { major: '1', minor, gitVersion: `v1.${minor}.0` } });
    const ok = async (line: string, input?: string): Promise<string> => {
      const { code, stdout, stderr } = await kubectl(line.split(' '), input);
      assert.equal(code, 0, `kubectl ${line}: ${stderr}`);
      return stdout;
    };

    assert.match(await ok('api-resources'), /components +comp,comps +openchoreo.dev\/v1alpha1 +true +Component/);
    assert.match(await ok('apply -f -', component('Service')), /component.openchoreo.dev\/web created/);
    assert.match(await ok('apply -f -', component('Service')), /unchanged/);
    assert.match(await ok('apply -f -', component('WebApplication')), /configured/);
    assert.match(await ok('get comp'), /^NAME +PROJECT +TYPE +BUILD +AGE\nweb +shop +WebApplication +\d+s\n$/);
    assert.match(await ok('get components -A -o wide -l team=a'), /^NAMESPACE +NAME/);
    assert.match(await ok('get component web -o yaml'), /type: WebApplication/);
    assert.match(await ok('describe component web'), /Project Name: +shop/);
    assert.match(await ok('explain component.spec.owner'), /projectName\t<string> -required-/);
    assert.match(await ok('label component web x=y'), /labeled/);
    assert.match(await ok('patch component web --type=merge -p {"spec":{"type":"Service"}}'), /patched/);
    assert.match(
      await ok('apply --server-side --force-conflicts --field-manager=ci -f -', component('ScheduledTask')),
      /serverside-applied/,
    );
    assert.equal(await ok('get component web -o jsonpath={.spec.type}'), 'ScheduledTask');
    assert.match(await ok('get bindings'), /^$/);
    assert.match(await ok('delete component web'), /deleted/);
    assert.deepEqual(faults, []);
  });

test('what a manifest leaves out is removed, also from lists inside maps', options, async (t) => {
  const { kubectl } = await startKubectl(t);
  const workload = (env: string) => `
apiVersion: openchoreo.dev/v1alpha1
kind: Workload
metadata: { name: web }
spec: { owner: { projectName: shop, componentName: web }, containers: { main: { image: x, env: [${env}] } } }
`;
  for (const env of ['{ key: A, value: "1" }, { key: B, value: "2" }', '{ key: A, value: "3" }']) {
    const { code, stderr } = await kubectl(['apply', '-f', '-'], workload(env));
    assert.equal(code, 0, stderr);
  }

  const { stdout } = await kubectl(['get', 'workload', 'web', '-o', 'jsonpath={.spec.containers.main.env}']);

  assert.deepEqual(JSON.parse(stdout), [{ key: 'A', value: '3' }]);
});

test('kubectl says what is wrong in the words that its users know', options, async (t) => {
  const { kubectl } = await startKubectl(t);
  await kubectl(['create', '-f', '-'], component('Service'));
  const cases = [
    { args: ['get', 'component', 'no'], message: /\(NotFound\): components.openchoreo.dev "no" not found/, because: 'absent' },
    {
      args: ['create', '-f', '-'],
      input: component('Service'),
      message: /\(AlreadyExists\).*"web" already exists/,
      because: 'there already',
    },
    {
      args: ['apply', '-f', '-'],
      input: component('Service', ', bogus: 1'),
      message: /unknown field "spec.bogus"/,
      because: 'a field that nobody knows',
    },
    { args: ['apply', '-f', '-'], input: component('[1]'), message: /The Component "web" is invalid: spec.type/, because: 'a wrong type' },
    {
      args: ['apply', '--server-side', '--field-manager=other', '-f', '-'],
      input: component('X'),
      message: /conflict with "kubectl-create"/,
      because: 'a field of another manager',
    },
  ];
  for (const { args, input, message, because } of cases) {
    const { code, stderr } = await kubectl(args, input);
    assert.notEqual(code, 0, because);
    assert.match(stderr, message, because);
  }
});

test('kubectl scales a deployment without knowing where its number is', options, async (t) => {
  const { kubectl, faults } = await startKubectl(t, { kinds: builtinKinds });
  await kubectl(['create', '-f', '-'], deployment('{ name: a, image: a }'));

  const scaled = await kubectl(['scale', 'deployment/app', '--replicas=3', '--current-replicas=1']);
  const raw = await kubectl(['get', 'deployment', 'app', '--subresource=scale', '-o', 'json']);
  const wrong = await kubectl(['scale', 'deployment/app', '--replicas=3', '--current-replicas=1']);

  assert.equal(scaled.code, 0, scaled.stderr);
  const { spec, status } = JSON.parse(raw.stdout) as { spec: object; status: object };
  assert.deepEqual({ spec, status }, { spec: { replicas: 3 }, status: { replicas: 0, selector: 'app=app' } });
  assert.match(wrong.stderr, /Expected replicas to be 1, was 3/);
  assert.deepEqual(faults, []);
});

test('kubectl get -w shows changes as they happen', options, async (t) => {
  const { kubectl } = await startKubectl(t);
  await kubectl(['create', '-f', '-'], component('Service'));
  const watching = spawn('kubectl', ['get', 'components', '-w'], { env: kubectl.environment, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => watching.kill());
  let seen = '';
  const shown = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`not shown: ${text}; but: ${seen}`)), 10_000);
      const look = (): void => {
        if (!seen.includes(text)) return;
        clearTimeout(limit);
        watching.stdout.off('data', look);
        resolve();
      };
      watching.stdout.on('data', look);
      look();
    });
  watching.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });

  await shown('Service');
  await kubectl(['patch', 'component', 'web', '--type=merge', '-p', '{"spec":{"type":"ScheduledTask"}}']);

  await shown('ScheduledTask');
});

test('kubectl works on the built-in kinds: apply by strategic merge, tables, logs', options, async (t) => {
  const { kubectl, faults } = await startKubectl(t, {
    kinds: builtinKinds,
    subresources: {
      'Pod./log': async ({ key, query }) => ({
        contentType: 'text/plain',
        body: (async function* () {
          yield Buffer.from(`${key.name} ${query.get('container')} ${query.get('tailLines')}\n`);
        })(),
      }),
    },
  });
  const ok = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(args, input);
    assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };

  await ok(
    ['apply', '-f', '-'],
    deployment('{ name: a, image: one, env: [{ name: A, value: "1" }, { name: B, value: "2" }] }, { name: b, image: two }'),
  );
  await ok(['set', 'image', 'deployment/app', 'b=three']);
  await ok(['apply', '-f', '-'], deployment('{ name: a, image: four, env: [{ name: A, value: "1" }] }, { name: b, image: two }'));
  const containers = '{range .spec.template.spec.containers[*]}{.name}={.image}:{.env[*].name};{end}';
  assert.equal(await ok(['get', 'deploy', 'app', '-o', `jsonpath=${containers}`]), 'a=four:A;b=two:;');
  assert.match(await ok(['get', 'all']), /deployment.apps\/app +0\/1 +0 +0/);
  assert.match(await ok(['rollout', 'restart', 'deployment/app']), /restarted/);
  await ok(['run', 'p', '--image=nginx']);
  assert.match(await ok(['get', 'pods']), /^NAME +READY +STATUS +RESTARTS +AGE\np +0\/1/);
  assert.equal(await ok(['logs', 'p', '--tail=5']), 'p p 5\n');
  assert.match(await ok(['describe', 'pod', 'p']), /Image: +nginx/);
  assert.match(await ok(['delete', 'pod', 'p', '--grace-period=1']), /deleted/);
  for (const kind of ['jobs', 'cronjobs', 'services', 'events', 'nodes', 'configmaps', 'httproutes']) await ok(['get', kind]);
  assert.deepEqual(faults, []);
});

// From 1.32 on these send protobuf.
test('kubectl makes built-in objects by its generators', options, async (t) => {
  const { kubectl, faults } = await startKubectl(t, { kinds: builtinKinds });
  const cases = [
    { make: 'create configmap made --from-literal=a=b', read: ['configmap/made', '{.data.a}'], expected: 'b' },
    { make: 'create secret generic made --from-literal=a=b', read: ['secret/made', '{.data.a}'], expected: 'Yg==' },
    { make: 'create namespace made', read: ['namespace/made', '{.metadata.name}'], expected: 'made' },
    {
      make: 'create deployment made --image=nginx --replicas=0 --port=80',
      read: ['deployment/made', '{.spec.replicas} {.spec.template.spec.containers[0].ports[0].containerPort}'],
      expected: '0 80',
    },
    {
      make: 'create job made --image=x -- sleep 1',
      read: ['job/made', '{.spec.template.spec.containers[0].command}'],
      expected: '["sleep","1"]',
    },
    { make: 'create service clusterip made --tcp=80:http', read: ['service/made', '{.spec.ports[0].targetPort}'], expected: 'http' },
  ];
  for (const { make, read, expected } of cases) {
    const { code, stderr } = await kubectl(make.split(' '));
    assert.equal(code, 0, `${make}: ${stderr}`);
    assert.equal((await kubectl(['get', read[0] ?? '', '-o', `jsonpath=${read[1]}`])).stdout, expected, make);
  }
  assert.deepEqual(faults, []);
});
