import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AuditEntry } from '@fairway/resources/store';
import { type RunningControlPlane, runControlPlane } from './testing/running-control-plane.ts';

const components = '/k8s/control/apis/openchoreo.dev/v1alpha1/namespaces/default/components';
const object = { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'Component', metadata: { name: 'web' }, spec: {} };

describe('the audit log of refusals', () => {
  let plane: RunningControlPlane;
  let token: string;
  before(async () => {
    plane = await runControlPlane();
    token = await plane.token('mallory', { permissions: ['catalog.resource.apply'] });
  });
  after(async () => {
    await plane.stop();
  });

  const refusals = async (): Promise<AuditEntry[]> =>
    (await plane.platform.journal.listAudit({ limit: 1_000 })).filter(
      ({ outcome, principal }) => outcome === 'refused' && principal === 'user:mallory',
    );
  /** Written beside the answer, not before it. */
  const refusalOf = async (requestId: string): Promise<AuditEntry> => {
    for (const end = Date.now() + 5_000; ; ) {
      const found = (await refusals()).find((entry) => entry.requestId === requestId);
      if (found !== undefined) return found;
      assert.ok(Date.now() < end, `the refusal of ${requestId} is not in the audit log`);
      await new Promise(setImmediate);
    }
  };

  for (const { surface, method, path, body, permission, action } of [
    {
      surface: 'openchoreo',
      method: 'POST',
      path: '/api/v1/orgs/default/projects',
      body: {},
      permission: 'catalog.project.create',
      action: 'project.create',
    },
    {
      surface: 'openchoreo by kind',
      method: 'POST',
      path: '/api/v1/apply',
      body: object,
      permission: 'catalog.component.create',
      action: 'resource.apply',
    },
    {
      surface: 'kubernetes',
      method: 'POST',
      path: components,
      body: object,
      permission: 'catalog.component.create',
      action: 'kubernetes.control',
    },
    { surface: 'kubernetes, reading', method: 'GET', path: components, permission: 'catalog.component.read', action: 'kubernetes.control' },
    {
      surface: 'a cluster behind the platform',
      method: 'GET',
      path: '/k8s/clusters/local/api',
      permission: 'fleet.cluster.proxy',
      action: 'kubernetes.proxy',
    },
    {
      surface: 'git',
      method: 'GET',
      path: '/git/default/default/web.git/info/refs?service=git-upload-pack',
      permission: 'repositories.repository.read',
      action: 'repository.advertise',
    },
    {
      surface: 'the registry',
      method: 'GET',
      path: '/v2/default/default/web/tags/list',
      permission: 'artifacts.image.read',
      action: 'image.transfer',
    },
    { surface: 'system', method: 'GET', path: '/metrics', permission: 'system.metrics.read', action: 'system.metrics' },
  ])
    test(`has who lacked which permission, on which request: ${surface}`, async () => {
      const requestId = `refused-${surface.replaceAll(/\W/g, '-')}`;
      const answer = await plane.call(method, path, {
        token,
        headers: { 'x-request-id': requestId, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
      });
      assert.equal(answer.status, 403, answer.text);

      const entry = await refusalOf(requestId);
      assert.equal(entry.action, action);
      assert.match(entry.message ?? '', new RegExp(permission.replaceAll('.', '\\.')));
      assert.equal(entry.version, undefined, 'nothing was written');
    });

  test('is not filled by one who asks for the same again and again', async () => {
    const before = (await refusals()).length;
    for (let count = 0; count < 50; count += 1) await plane.call('GET', '/metrics', { token });

    assert.equal((await refusals()).length, before);
  });
});
