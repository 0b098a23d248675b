import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { silentLog } from '@fairway/resources/log';
import { systemClock } from '@fairway/resources/model';
import { startControllers } from '@fairway/resources/reconcile';
import { kubectlIsMissing, startKubectl } from '../server/testing/test-server.ts';
import { CustomResourceDefinition, createDefinitions } from './index.ts';

const skip = await kubectlIsMissing();
const example = new URL('../../../../examples/custom-resources/hybrid-cloud.yaml', import.meta.url);
const cluster = `
apiVersion: platform.example.com/v1
kind: HybridCluster
metadata: { name: production }
spec: { provider: PROVIDER, region: eu-west-1 }
`;

test('kubectl defines a kind, waits for it, explains it, uses it, and deletes it', { skip: skip ?? false }, async (t) => {
  const { kubectl, resources } = await startKubectl(t, { kinds: [CustomResourceDefinition] });
  const definitions = createDefinitions({ kinds: resources.kinds, rulesFor: () => ({}), log: silentLog });
  const loop = await startControllers({ resources, controllers: [definitions.controller], clock: systemClock, log: silentLog });
  t.after(() => loop.stop());
  const run = async (line: string, input?: string): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(line.split(' '), input);
    assert.equal(code, 0, `${line}: ${stderr}`);
    return stdout.trim();
  };

  await run('apply -f -', await readFile(example, 'utf8'));
  await run('wait --for=condition=Established --timeout=10s crd/hybridclusters.platform.example.com');
  assert.match(await run('api-resources --api-group=platform.example.com'), /hybridclusters .* HybridCluster/);
  assert.match(await run('explain hybridcluster.spec.nodeGroups.size'), /FIELD: size <integer>/);
  assert.equal(await run('apply -f -', cluster.replace('PROVIDER', 'gcp')), 'hybridcluster.platform.example.com/production created');
  const wrong = await kubectl(['apply', '-f', '-'], cluster.replace('PROVIDER', 'paper').replace('production', 'other'));
  assert.match(wrong.stderr, /spec.provider: Unsupported value: "paper": supported values: "openstack", "aws", "gcp", "azure"/);
  assert.match(await run('get hybridclusters'), /^NAME +AGE\nproduction +\d+s$/);
  assert.equal(await run('get hybridcluster production -o jsonpath={.spec.provider}'), 'gcp');
  await run('delete crd hybridclusters.platform.example.com --timeout=15s');
  assert.doesNotMatch(await run('api-resources --api-group=platform.example.com'), /hybridclusters/);
});
