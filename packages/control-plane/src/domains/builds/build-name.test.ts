import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildName, triggeredBuildName } from './build-name.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';

test('a build is named after its component and commit, and a later attempt by its number', () => {
  assert.equal(buildName('hello', commit, 0), 'hello-01234567');
  assert.equal(buildName('hello', commit, 2), 'hello-01234567-2');
  assert.equal(triggeredBuildName('hello', '5f3c9a1e'), 'hello-build-5f3c9a1e');
});

test('a long component leaves room for the names of Jobs and pods, and stays told from its neighbours', () => {
  const long = `${'a-very-long-name-'.repeat(14)}end`;
  const names = [buildName(long, commit, 0), buildName(`${long}2`, commit, 0), triggeredBuildName(long, '5f3c9a1e')];
  assert.equal(new Set(names).size, names.length);
  for (const name of names) {
    assert.ok(name.length <= 44, `${name} has ${name.length} characters`);
    assert.match(name, /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
  }
});
