import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withValue } from './configuration-group.ts';

describe('a change of one value', () => {
  const before = [
    { key: 'GREETING', values: [{ environment: 'staging', value: 'Hi' }, { value: 'Hello' }] },
    { key: 'LEVEL', values: [{ environment: 'staging', value: 'debug' }] },
  ];

  for (const { because, key, environment, expected } of [
    {
      because: 'a known key keeps its place, and other environments keep their values',
      key: 'GREETING',
      environment: 'development',
      expected: [
        { key: 'GREETING', values: [...(before[0]?.values ?? []), { environment: 'development', value: 'new' }] },
        { key: 'LEVEL', values: [{ environment: 'staging', value: 'debug' }] },
      ],
    },
    {
      because: 'a value of the same environment is replaced',
      key: 'LEVEL',
      environment: 'staging',
      expected: [before[0], { key: 'LEVEL', values: [{ environment: 'staging', value: 'new' }] }],
    },
    {
      because: 'a new key comes last',
      key: 'PORTS',
      environment: 'staging',
      expected: [...before, { key: 'PORTS', values: [{ environment: 'staging', value: 'new' }] }],
    },
  ])
    test(because, () => {
      assert.deepEqual(withValue(before, { key, value: 'new' }, environment), expected);
    });
});
