import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretOf } from './secret-of.ts';

const place = { organization: 'acme', project: 'shop', component: 'web' };
const nameOf = (key: string, environment?: string): string => secretOf(place, { key, value: 'x', environment }).metadata.name;

test('every variable of every environment is an object of its own', () => {
  const names = ['A_B', 'a_b', 'A__B', '_A_B', 'A_B_', '_', '__', 'A'].flatMap((key) => [nameOf(key), nameOf(key, 'staging')]);

  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/);
  assert.equal(nameOf('DB_PASSWORD', 'staging'), 'web.staging.db-password');
});

test('it holds its variable alone, for its component and environment', () => {
  const { spec, metadata } = secretOf(place, { key: 'A', value: 'x', environment: 'staging' });

  assert.deepEqual(spec, { component: 'web', environment: 'staging', stringData: { A: 'x' } });
  assert.equal(metadata.namespace, 'acme');
  assert.deepEqual(secretOf(place, { key: 'A', value: 'x', environment: undefined }).spec, { component: 'web', stringData: { A: 'x' } });
});
