import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from './testing/test-server.ts';

test('an object with finalizers is answered as it is until they are gone', async (t) => {
  const { url } = await startTestServer(t);
  const path = `${url}/apis/openchoreo.dev/v1alpha1/namespaces/default/projects`;
  const project = {
    apiVersion: 'openchoreo.dev/v1alpha1',
    kind: 'Project',
    metadata: { name: 'shop', finalizers: ['example.com/hold'] },
    spec: { deploymentPipelineRef: 'default' },
  };
  const call = async (method: string, to: string, type: string, body?: unknown) => {
    const response = await fetch(to, {
      method,
      headers: { 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await response.json()) as { kind: string; reason?: string; metadata: { deletionTimestamp?: string; uid?: string } };
  };

  await call('POST', path, 'application/json', project);
  const marked = await call('DELETE', `${path}/shop`, 'application/json');
  await call('PATCH', `${path}/shop`, 'application/json-patch+json', [{ op: 'remove', path: '/metadata/finalizers' }]);
  const gone = await call('GET', `${path}/shop`, 'application/json');

  assert.equal(marked.kind, 'Project');
  assert.notEqual(marked.metadata.deletionTimestamp, undefined);
  assert.equal(gone.reason, 'NotFound');
});
