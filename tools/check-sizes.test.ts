import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSizes } from './check-sizes.ts';
import { plant } from './testing/plant.ts';

const lines = (count: number): string => 'x;\n'.repeat(count);

test('a file over 400 lines, or a test over 600, is named with its length', (t) => {
  const root = plant(t, {
    'packages/cli/src/fits.ts': lines(400),
    'packages/cli/src/long.ts': lines(401),
    'packages/cli/src/fits.test.ts': lines(600),
    'packages/cli/src/long.test.ts': lines(601),
    'packages/contracts/generated/kinds.ts': lines(9000),
    'docs/long.md': lines(9000),
  });

  assert.deepEqual(
    checkSizes(root).map((problem) => problem.split(',')[0]),
    ['packages/cli/src/long.test.ts: 601 lines', 'packages/cli/src/long.ts: 401 lines'],
  );
});
