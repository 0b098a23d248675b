import assert from 'node:assert/strict';
import { existsSync, realpathSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type CommandOptions,
  type CommandResult,
  checkout,
  type Installation,
  skipWithout,
  startInstallation,
  until,
} from './installation.ts';

/** The machine's kubectl, and the oldest one that is promised when it lies beside it. */
const clients = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'kubectl'))
  .filter((path) => existsSync(path))
  .slice(0, 1)
  .flatMap((path) => [path, join(dirname(realpathSync(path)), 'kubectl.1.28')])
  .filter((path) => existsSync(path));

const project = (displayName: string): string => `apiVersion: openchoreo.dev/v1alpha1
kind: Project
metadata:
  name: annex
  namespace: default
  annotations:
    openchoreo.dev/display-name: ${displayName}
spec:
  deploymentPipelineRef: default
`;
const deployment = (image: string, replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: plain
  namespace: default
  labels: { app: plain }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: plain } }
  template:
    metadata: { labels: { app: plain } }
    spec:
      terminationGracePeriodSeconds: 5
      imagePullSecrets: [{ name: pull }]
      containers:
        - name: main
          image: ${image}
          ports: [{ containerPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: plain, namespace: default }
spec:
  selector: { app: plain }
  ports: [{ port: 80, targetPort: 8080 }]
`;

test('kubectl is there', (t) => {
  skipWithout(t, 'kubectl');
});

if (clients.length > 0)
  describe('kubectl', () => {
    let fairway: Installation;
    let image = '';
    before(async () => {
      fairway = await startInstallation();
      for (const cluster of ['control', 'local']) {
        const { stdout } = await fairway.fairway(['kubeconfig', ...(cluster === 'control' ? [] : ['-c', cluster])]);
        await writeFile(join(fairway.work, cluster), stdout, { mode: 0o600 });
      }
      await fairway.json(['deploy', await fairway.copyOf(join(checkout, 'examples', 'node-hello'))]);
      const { components } = await fairway.json<{ components: { image: string }[] }>(['status']);
      image = components[0]?.image ?? '';
    });
    after(() => fairway.end());

    for (const client of clients) {
      const name = client.split('/').at(-1);
      const on = async (cluster: 'control' | 'local', args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> => {
        const flags = ['--kubeconfig', join(fairway.work, cluster), '--cache-dir', join(fairway.work, `cache-${name}`)];
        return fairway.run(client, [...flags, ...args], { ...options, env: { HOME: fairway.work } });
      };
      const good = async (...given: Parameters<typeof on>): Promise<string> => {
        const { code, stdout, stderr } = await on(...given);
        assert.equal(code, 0, `${name} ${given[1].join(' ')}: ${stderr}${stdout}`);
        assert.equal(stderr, '', 'no warning');
        return stdout;
      };
      const watch = (cluster: 'control' | 'local', args: readonly string[]) =>
        fairway.follow(['--kubeconfig', join(fairway.work, cluster), '--cache-dir', join(fairway.work, `cache-${name}`), ...args], {
          command: client,
          env: { HOME: fairway.work },
        });

      test(`${name} gets the platform's own kinds, and all bindings by their category`, async () => {
        assert.match(await good('control', ['get', 'projects']), /^default\s/m);
        assert.match(
          await good('control', ['get', 'components,environments,builds']),
          /component.*\/node-hello[\s\S]*environment.*\/staging[\s\S]*build.*\/node-hello-/,
        );
        assert.match(await good('control', ['get', 'bindings', '-o', 'name']), /^webapplicationbinding\.openchoreo\.dev\/node-hello/m);
        const builds = JSON.parse(await good('control', ['get', 'builds', '-o', 'json'])) as { kind: string; items: unknown[] };
        assert.deepEqual([builds.kind, builds.items.length], ['List', 1]);
        assert.match(await good('control', ['get', 'namespaces']), /^default\s+Active/m);
      });

      test(`${name} describes the platform's kinds with their events`, async () => {
        const described = await good('control', ['describe', 'component', 'node-hello']);
        assert.match(described, /^Name:\s+node-hello$/m);
        assert.match(described, /^Events:\n[\s\S]*Created[\s\S]*component\.create/m);
        for (const kind of ['project/default', 'environment/staging', 'bindings', 'builds'])
          assert.match(await good('control', ['describe', kind]), /^Name:/m);
        assert.match(await good('control', ['get', 'events']), /Created\s+component\/node-hello/i);
      });

      test(`${name} applies, watches and deletes a project`, async () => {
        const watching = watch('control', ['get', 'projects', '-w', '-o', 'name']);
        await watching.until(/project\.openchoreo\.dev\/default/);

        assert.match(await good('control', ['apply', '-f', '-'], { stdin: project('Annex') }), /project\.openchoreo\.dev\/annex created/);
        assert.match(await good('control', ['apply', '-f', '-'], { stdin: project('Annex') }), /annex unchanged/);
        assert.match(await good('control', ['apply', '-f', '-'], { stdin: project('Barn') }), /annex configured/);
        assert.match(
          await good('control', ['apply', '--server-side', '--force-conflicts', '-f', '-'], { stdin: project('Shed') }),
          /annex serverside-applied/,
        );
        assert.match(await good('control', ['get', 'project', 'annex', '-o', 'yaml']), /display-name: Shed/);
        await watching.until(/project\.openchoreo\.dev\/annex/);
        assert.match(await good('control', ['delete', 'project', 'annex']), /"annex" deleted/);
        assert.match((await on('control', ['get', 'project', 'annex'])).stderr, /NotFound/);
        await watching.stop();
      });

      test(`${name} says what is wrong with an object`, async () => {
        const wrong = project('x').replace('spec:\n  deploymentPipelineRef: default', 'spec:\n  deploymentPipelineRef: 5\n  colour: red');
        const { code, stderr } = await on('control', ['apply', '-f', '-'], { stdin: wrong });
        assert.equal(code, 1);
        assert.match(stderr, /colour|deploymentPipelineRef/);
      });

      test(`${name} shows what runs on the local cluster`, async () => {
        const pods = JSON.parse(await good('local', ['get', 'pods', '-A', '-l', 'component-name=node-hello', '-o', 'json'])) as {
          items: { metadata: { name: string; namespace: string } }[];
        };
        const [pod] = pods.items;
        assert.ok(pod !== undefined, 'the pod of the application');
        const inNamespace = ['-n', pod.metadata.namespace];
        assert.match(await good('local', ['get', 'pods', ...inNamespace]), /1\/1\s+Running/);
        assert.match(
          await good('local', ['get', 'pods,deployments,services', ...inNamespace]),
          /deployment\.apps\/node-hello[\s\S]*1\/1[\s\S]*service\/node-hello/,
        );
        assert.match(await good('local', ['describe', 'pod', pod.metadata.name, ...inNamespace]), /^Events:[\s\S]*Started/m);
        assert.match(await good('local', ['describe', 'deployments,services', ...inNamespace]), /^Endpoints:\s+127\.0\.0\.1:\d+/m);
        assert.match(await good('local', ['logs', pod.metadata.name, ...inNamespace]), /node-hello .* listens/);
      });

      test(`${name} runs commands in a pod, copies files and forwards a port through the control plane`, async () => {
        const pods = JSON.parse(await good('local', ['get', 'pods', '-A', '-l', 'component-name=node-hello', '-o', 'json'])) as {
          items: { metadata: { name: string; namespace: string } }[];
        };
        const { name: pod = '', namespace = '' } = pods.items[0]?.metadata ?? {};
        const inNamespace = ['-n', namespace];
        assert.equal(await good('local', ['exec', pod, ...inNamespace, '--', 'sh', '-c', 'echo $HOST']), '127.0.0.1\n');
        assert.equal(await good('local', ['exec', '-i', pod, ...inNamespace, '--', 'cat'], { stdin: 'as it was sent' }), 'as it was sent');
        assert.equal((await on('local', ['exec', pod, ...inNamespace, '--', 'sh', '-c', 'exit 3'])).code, 3);
        const [there, back] = [join(fairway.work, `there-${name}`), join(fairway.work, `back-${name}`)];
        await writeFile(there, 'x'.repeat(100_000));
        await good('local', ['cp', there, `${namespace}/${pod}:copy-${name}`]);
        assert.equal((await on('local', ['cp', `${namespace}/${pod}:copy-${name}`, back])).code, 0);
        assert.equal(await readFile(back, 'utf8'), await readFile(there, 'utf8'));

        const forwarding = watch('local', ['port-forward', ...inNamespace, `pod/${pod}`, ':8080']);
        const [, port] = await forwarding.until(/Forwarding from 127\.0\.0\.1:(\d+)/);
        const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) });
        assert.equal(answer.status, 200);
        await answer.text();
        await forwarding.stop();
      });

      test(`${name} applies, follows and deletes a deployment on the local cluster`, async () => {
        const namespace = JSON.parse(await good('local', ['get', 'pods', '-A', '-l', 'component-name=node-hello', '-o', 'json'])) as {
          items: { metadata: { namespace: string } }[];
        };
        const secret = JSON.parse(
          await good('local', ['get', 'secret', 'fairway-registry', '-n', namespace.items[0]?.metadata.namespace ?? '', '-o', 'json']),
        ) as { type: string; data: object };
        const pull = {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'pull', namespace: 'default' },
          type: secret.type,
          data: secret.data,
        };
        await good('local', ['apply', '-f', '-'], { stdin: JSON.stringify(pull) });
        const watching = watch('local', ['get', 'pods', '-w', '-l', 'app=plain', '--no-headers']);

        assert.match(
          await good('local', ['apply', '-f', '-'], { stdin: deployment(image, 1) }),
          /deployment\.apps\/plain created\nservice\/plain created/,
        );
        await good('local', ['rollout', 'status', 'deployment/plain', '--timeout=30s']);
        await watching.until(/plain-\S+\s+1\/1\s+Running/);
        assert.match(await good('local', ['apply', '-f', '-'], { stdin: deployment(image, 1) }), /plain unchanged/);
        assert.match(await good('local', ['apply', '-f', '-'], { stdin: deployment(image, 2) }), /deployment\.apps\/plain configured/);
        await good('local', ['wait', '--for=jsonpath={.status.readyReplicas}=2', 'deployment/plain', '--timeout=30s']);
        assert.match(await good('local', ['logs', '-l', 'app=plain', '--tail=1']), /listens/);
        await good('local', ['delete', 'deployment/plain', 'service/plain', 'secret/pull']);
        await until(
          async () => ((await on('local', ['get', 'pods', '-l', 'app=plain', '-o', 'name'])).stdout === '' ? true : undefined),
          'its pods are gone',
        );
        await watching.stop();
      });
    }
  });
