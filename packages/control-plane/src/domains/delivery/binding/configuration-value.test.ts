import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configurationValue, configurationValues } from './configuration-value.ts';

const group = {
  environmentGroups: [{ name: 'tests', environments: ['development', 'staging'] }],
  configurations: [
    {
      key: 'LEVEL',
      values: [{ value: 'info' }, { environmentGroupRef: 'tests', value: 'debug' }, { environment: 'staging', value: 'trace' }],
    },
    { key: 'ONLY', values: [{ environment: 'production', value: 'yes' }] },
    { key: 'VAULT', values: [{ environment: 'vaulted', vaultKey: 'a/b' }] },
  ],
};
const cases = [
  { because: 'the environment itself wins', environment: 'staging', value: 'trace' },
  { because: 'a group comes next', environment: 'development', value: 'debug' },
  { because: 'a value for all comes last', environment: 'production', value: 'info' },
];
for (const { because, environment, value } of cases) {
  test(`the value in ${environment} is ${value}: ${because}`, () => {
    assert.equal(configurationValue(group, 'hello', { key: 'LEVEL', environment }), value);
  });
}

test('a key without a value for the environment is absent', () => {
  assert.deepEqual(configurationValues(group, 'hello', 'development'), { LEVEL: 'debug' });
  assert.deepEqual(configurationValues(group, 'hello', 'production'), { LEVEL: 'info', ONLY: 'yes' });
});

test('a value from a vault is said to be impossible instead of being left out', () => {
  assert.throws(() => configurationValues(group, 'hello', 'vaulted'), {
    name: 'InvalidConfiguration',
    message: /"VAULT" from a vault key/,
  });
});
