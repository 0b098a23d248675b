import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { jsonPatch, mergePatch } from './index.ts';

const nested = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
};

describe('JSON merge patch', () => {
  const cases: { because: string; target: unknown; patch: unknown; gives: unknown }[] = [
    { because: 'a value is replaced', target: { a: 'b' }, patch: { a: 'c' }, gives: { a: 'c' } },
    { because: 'a field is added', target: { a: 'b' }, patch: { b: 'c' }, gives: { a: 'b', b: 'c' } },
    { because: 'null removes', target: { a: 'b', b: 'c' }, patch: { a: null }, gives: { b: 'c' } },
    { because: 'null of an absent field does nothing', target: {}, patch: { a: { b: { c: null } } }, gives: { a: { b: {} } } },
    { because: 'lists are replaced', target: { a: ['b'] }, patch: { a: ['c', null] }, gives: { a: ['c', null] } },
    { because: 'objects merge', target: { a: { b: 1, c: 2 } }, patch: { a: { b: 3 } }, gives: { a: { b: 3, c: 2 } } },
    { because: 'an object replaces a list', target: { a: [1] }, patch: { a: { b: 1 } }, gives: { a: { b: 1 } } },
    { because: 'another value than an object replaces all', target: { a: 1 }, patch: ['x'], gives: ['x'] },
    { because: 'inherited names are no fields', target: {}, patch: { constructor: { a: 1 } }, gives: { constructor: { a: 1 } } },
    { because: '__proto__ is left out', target: {}, patch: JSON.parse('{"__proto__":{"bad":1}}'), gives: {} },
  ];
  for (const { because, target, patch, gives } of cases)
    test(because, () => {
      const before = structuredClone(target);

      assert.deepEqual(mergePatch(target, patch), gives);
      assert.deepEqual(target, before);
    });

  test('refuses a patch that is nested too deeply', () => {
    assert.throws(() => mergePatch({}, nested(10_000)), { reason: 'invalid' });
  });
});

describe('JSON patch', () => {
  const document = { a: { b: 1 }, list: [1, 2, 3], 'x/y': { '~': 1 } };
  const cases: { because: string; operations: unknown[]; gives: unknown }[] = [
    { because: 'adds a field', operations: [{ op: 'add', path: '/a/c', value: null }], gives: { ...document, a: { b: 1, c: null } } },
    { because: 'inserts into a list', operations: [{ op: 'add', path: '/list/1', value: 9 }], gives: { ...document, list: [1, 9, 2, 3] } },
    { because: 'appends to a list', operations: [{ op: 'add', path: '/list/-', value: 9 }], gives: { ...document, list: [1, 2, 3, 9] } },
    { because: 'removes', operations: [{ op: 'remove', path: '/list/0' }], gives: { ...document, list: [2, 3] } },
    { because: 'replaces', operations: [{ op: 'replace', path: '/list/2', value: 9 }], gives: { ...document, list: [1, 2, 9] } },
    {
      because: 'reads escaped names',
      operations: [{ op: 'replace', path: '/x~1y/~0', value: 2 }],
      gives: { ...document, 'x/y': { '~': 2 } },
    },
    { because: 'moves', operations: [{ op: 'move', from: '/a/b', path: '/c' }], gives: { ...document, a: {}, c: 1 } },
    { because: 'copies', operations: [{ op: 'copy', from: '/a', path: '/c' }], gives: { ...document, c: { b: 1 } } },
    { because: 'tests', operations: [{ op: 'test', path: '/a', value: { b: 1 } }], gives: document },
    { because: 'replaces the whole', operations: [{ op: 'replace', path: '', value: 1 }], gives: 1 },
  ];
  for (const { because, operations, gives } of cases)
    test(because, () => {
      const before = structuredClone(document);

      assert.deepEqual(jsonPatch(document, operations), gives);
      assert.deepEqual(document, before);
    });

  const refusals: { because: string; operations: unknown; says: RegExp }[] = [
    { because: 'a test fails', operations: [{ op: 'test', path: '/a/b', value: 2 }], says: /^testing value \/a\/b failed: test failed$/ },
    {
      because: 'a removed path is missing',
      operations: [{ op: 'remove', path: '/z' }],
      says: /^remove operation does not apply: the document has no such path: "\/z"$/,
    },
    {
      because: 'a replaced path is missing',
      operations: [{ op: 'replace', path: '/z', value: 1 }],
      says: /^replace operation does not apply/,
    },
    { because: 'the parent is missing', operations: [{ op: 'add', path: '/z/y', value: 1 }], says: /has no place for this path/ },
    { because: 'an index lies outside', operations: [{ op: 'add', path: '/list/4', value: 1 }], says: /outside of the list/ },
    { because: 'an index has a leading zero', operations: [{ op: 'remove', path: '/list/01' }], says: /no such path/ },
    { because: 'a value goes into itself', operations: [{ op: 'move', from: '/a', path: '/a/b' }], says: /into itself/ },
    { because: 'the verb is unknown', operations: [{ op: 'constructor', path: '/a' }], says: /^Unexpected kind: constructor/ },
    { because: 'a value is missing', operations: [{ op: 'add', path: '/a' }], says: /needs a "value"/ },
    { because: 'a path has no slash', operations: [{ op: 'remove', path: 'a' }], says: /start with a slash/ },
    { because: 'a path leads to the prototype', operations: [{ op: 'add', path: '/__proto__/x', value: 1 }], says: /not allowed/ },
    { because: 'it is no list', operations: {}, says: /must be an array/ },
    {
      because: 'it is too long',
      operations: new Array(10_001).fill({ op: 'remove', path: '/a' }),
      says: /maximum operations in a JSON patch is 10000, got 10001/,
    },
    {
      because: 'copies grow without bound',
      operations: [{ op: 'add', path: '/c', value: ['x'.repeat(1_000)] }, ...new Array(40).fill({ op: 'copy', from: '/c', path: '/c/-' })],
      says: /copy operations/,
    },
  ];
  for (const { because, operations, says } of refusals)
    test(`refuses when ${because}`, () => {
      assert.throws(
        () => jsonPatch(document, operations),
        (error: Error & { reason?: string }) => error.reason === 'invalid' && says.test(error.message),
      );
    });
});
