import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { DeploymentRecord, Secret, SecretVersion } from '@fairway/contracts';
import { apiVersionOf, type Resource, type Resources, reconcilerCaller, systemClock } from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { registerCatalog } from './index.ts';
import { secretRetentionController } from './secret-retention.ts';
import { pruneAction } from './secret-rules.ts';

const cause = { caller: reconcilerCaller('test'), action: 'test' };
const key = { namespace: 'default', name: 'hello' };
const hourMs = 3_600_000;

describe('what secrets keep', () => {
  let resources: Resources;
  let now: number;
  const clock = { ...systemClock, now: () => now };
  let removed: number;

  beforeEach(async () => {
    removed = 0;
    now = Date.parse('2026-01-01T00:00:00Z');
    const kinds = createKindRegistry();
    kinds.register(DeploymentRecord);
    registerCatalog(kinds, {
      sealer: {
        seal: (_organization, values) => ({ ...values }),
        open: (_organization, sealed) => ({ ...sealed }),
        digest: (_organization, values) => JSON.stringify(values),
      },
    });
    resources = await openResources({ database: openSqliteDatabase({ path: ':memory:', clock }), kinds, clock });
  });
  afterEach(() => resources.close());

  const set = (value: number): Promise<unknown> => {
    const secret: Resource = {
      apiVersion: apiVersionOf(Secret),
      kind: Secret.kind,
      metadata: key,
      spec: { stringData: { TOKEN: String(value) } },
    };
    return resources.commit(cause, [
      {
        op: 'mutate',
        kind: Secret,
        key,
        create: true,
        change: (current) => ({ ...current, ...secret, metadata: current?.metadata ?? key }),
      },
    ]);
  };
  const record = (name: string, secretVersions: Record<string, number>): Promise<unknown> =>
    resources.commit(cause, [
      {
        op: 'create',
        object: {
          apiVersion: apiVersionOf(DeploymentRecord),
          kind: DeploymentRecord.kind,
          metadata: { namespace: 'default', name },
          spec: {
            owner: { projectName: 'default', componentName: 'other' },
            environment: 'development',
            bindingKind: 'ServiceBinding',
            binding: 'other',
            componentRelease: 'other-v1',
            configuration: {},
            secretVersions,
            renderedDigest: 'sha256:0',
            principal: 'user:ada',
          },
        },
      },
    ]);
  const left = async (): Promise<number[]> => {
    const { items } = await resources.list(SecretVersion, { namespace: 'default' });
    return items.map(({ spec }) => spec?.version ?? 0).sort((a, b) => a - b);
  };
  const clean = async (versions: number): Promise<void> => {
    const controller = secretRetentionController({
      versions,
      removed: (count) => {
        removed += count;
      },
    });
    const context: ReconcileContext = { resources, clock, signal: AbortSignal.timeout(5_000), cause: (action) => ({ ...cause, action }) };
    for (let look = 0; look < 10; look += 1) {
      const secret = await resources.get(Secret, key);
      assert.ok(secret);
      if ((await controller.reconcile(secret, context)).outcome.is === 'settled') return;
    }
    throw new Error('it was not settled after 10 looks');
  };

  test('the newest versions, and those that a deployment can be rolled back to', async () => {
    for (let value = 1; value <= 90; value += 1) await set(value);
    await record('one', { hello: 3, elsewhere: 4 });
    now += hourMs;
    await clean(2);

    assert.deepEqual(await left(), [3, 89, 90]);
    assert.equal(removed, 87);
  });

  test('a version that was current within the hour is not taken from a deployment that is being made', async () => {
    for (let value = 1; value <= 4; value += 1) await set(value);
    await clean(1);
    assert.deepEqual(await left(), [1, 2, 3, 4]);
  });

  test('the current version is never cleaned up, and people delete what they like', async () => {
    await set(1);
    await set(2);
    const remove = (name: string, action: string) =>
      resources.commit({ ...cause, action }, [{ op: 'delete', kind: SecretVersion, key: { namespace: 'default', name } }]);
    await assert.rejects(remove('hello-v2', pruneAction), { reason: 'conflict' });
    await remove('hello-v2', 'secret-version.delete');
    assert.deepEqual(await left(), [1]);
  });
});
