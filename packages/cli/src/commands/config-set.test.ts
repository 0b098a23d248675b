import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../exit-codes.ts';
import { runForTest, servePlatform } from '../testing/run-for-test.ts';

test('variables of a component that is not there are refused, and nothing is written', async (t) => {
  const { env, calls } = await servePlatform(t, {});

  const set = await runForTest(t, ['config', 'set', 'shop/nobody', 'A=1', '-e', 'development'], { env });
  const secret = await runForTest(t, ['secret', 'set', 'shop/nobody', 'A'], { env, input: 'A=1\n' });
  const list = await runForTest(t, ['config', 'list', 'shop/nobody'], { env });

  for (const { code, stderr } of [set, secret, list]) {
    assert.equal(code, exitCodes.notFound);
    assert.match(stderr, /there is no component nobody/);
  }
  assert.deepEqual(
    calls.filter(({ method }) => method !== 'GET'),
    [],
  );
});
