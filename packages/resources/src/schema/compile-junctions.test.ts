import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Schema } from '../model/index.ts';
import { checkValue } from './check-value.ts';

const structure = { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'string', default: 'x' }, c: { type: 'boolean' } } };
const told = (schema: Schema, value: unknown): string[] => checkValue(schema, value, 'spec').problems.map(({ message }) => message);

test('rules about values stand beside their structure, prune nothing and see defaults', () => {
  const cases: { schema: Schema; value: unknown; says: RegExp[]; because: string }[] = [
    { schema: { ...structure, anyOf: [{ required: ['a'] }, { required: ['c'] }] }, value: { a: 1 }, says: [], because: 'one holds' },
    { schema: { ...structure, anyOf: [{ required: ['b'] }] }, value: {}, says: [], because: 'the default is there' },
    {
      schema: { ...structure, anyOf: [{ required: ['a'] }, { required: ['c'] }] },
      value: {},
      says: [/^Invalid value: "": "spec" must validate at least one schema \(anyOf\)$/, /^Required value$/],
      because: 'none holds, and the nearest says why',
    },
    {
      schema: { ...structure, oneOf: [{ required: ['a'] }, { required: ['c'] }] },
      value: { a: 1, c: true },
      says: [/must validate one and only one schema \(oneOf\)\. Found 2 valid alternatives/],
      because: 'both hold',
    },
    {
      schema: { ...structure, oneOf: [{ required: ['a'] }] },
      value: {},
      says: [/\(oneOf\)\. Found none valid/, /^Required value$/],
      because: 'none of one holds',
    },
    {
      schema: { ...structure, allOf: [{ properties: { a: { minimum: 3 } } }, { properties: { a: { maximum: 9 } } }] },
      value: { a: 2 },
      says: [/greater than or equal to 3/, /must validate all the schemas \(allOf\)$/],
      because: 'one of all is broken',
    },
    {
      schema: { ...structure, not: { required: ['c'] } },
      value: { c: true },
      says: [/must not validate the schema \(not\)/],
      because: 'it may not hold',
    },
    {
      schema: { ...structure, anyOf: [{ allOf: [{ required: ['a'] }, { not: { required: ['c'] } }] }] },
      value: { a: 1 },
      says: [],
      because: 'rules nest',
    },
    {
      schema: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }], pattern: '^[0-9]+%$' },
      value: '5',
      says: [/should match/],
      because: 'a number or text has rules as well',
    },
  ];
  for (const { schema, value, says, because } of cases) {
    const found = told(schema, value);
    assert.equal(found.length, says.length, `${because}: ${found.join('; ')}`);
    for (const [index, pattern] of says.entries()) assert.match(found[index] ?? '', pattern, because);
  }
});

test('nothing that is undeclared comes back through a rule about values', () => {
  const { value } = checkValue({ ...structure, anyOf: [{ properties: { d: { minimum: 1 } } }] }, { a: 1, d: 4 });
  assert.deepEqual(value, { a: 1, b: 'x' });
});

test('texts have the format that they are said to have', () => {
  const cases: [format: string, good: string[], bad: string[]][] = [
    ['date', ['2024-02-29'], ['2023-02-29', '2024-2-9', '']],
    ['date-time', ['2024-02-29T10:00:00Z'], ['2024-02-29']],
    ['duration', ['1h30m', '3 days', '-1.5h'], ['soon', '']],
    ['ipv4', ['10.0.0.1'], ['10.0.0.256', '::1']],
    ['ipv6', ['::1'], ['10.0.0.1']],
    ['cidr', ['10.0.0.0/8', 'fd00::/64'], ['10.0.0.0', '10.0.0.0/33']],
    ['mac', ['00:1b:44:11:3a:b7'], ['00:1b:44:11:3a']],
    ['uuid', ['0191d7c8-7b3c-7c1e-8a52-d2b8e0f7a111'], ['0191d7c8']],
    ['uuid4', ['9b2f7c1e-3c4d-4e5f-8a9b-0c1d2e3f4a5b'], ['9b2f7c1e-3c4d-1e5f-8a9b-0c1d2e3f4a5b']],
    ['email', ['ada@example.com'], ['ada', 'a b@example.com']],
    ['hostname', ['api.example.com'], ['-api.example.com', 'a_b']],
    ['uri', ['https://example.com/a?b=c', 'urn:x:y'], ['/a', 'no uri']],
    ['byte', ['aGVsbG8='], ['aGVsbG8', '=']],
    ['hexcolor', ['#ff8800', 'abc'], ['#ff88']],
    ['rgbcolor', ['rgb(1, 2, 255)'], ['rgb(1,2,256)']],
    ['a-word-that-nobody-knows', ['anything'], []],
  ];
  for (const [format, good, bad] of cases) {
    const says = (value: string): string[] => told({ type: 'string', format }, value);
    for (const value of good) assert.deepEqual(says(value), [], `${format}: ${value}`);
    for (const value of bad) assert.match(says(value).join(), new RegExp(`in body must be of type ${format}: `), `${format}: ${value}`);
  }
});
