import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Schema } from '../model/index.ts';
import { checkValue, describeProblems } from './index.ts';

const port: Schema = { type: 'integer', minimum: 1, maximum: 65535 };
const schema: Schema = {
  type: 'object',
  required: ['owner'],
  properties: {
    owner: { type: 'string', minLength: 1 },
    kind: { enum: ['A', 'B'] },
    replicas: { type: 'integer', default: 1 },
    ports: {
      type: 'array',
      minItems: 1,
      items: { type: 'object', required: ['port'], properties: { port, name: { type: 'string', pattern: '^[a-z]+$' } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['port'],
    },
    target: { 'x-kubernetes-int-or-string': true },
    since: { type: 'string', format: 'date-time' },
    note: { type: 'string', nullable: true },
    raw: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    words: { type: 'object', patternProperties: { '^.*$': { type: 'string' } } },
    mode: { anyOf: [{ const: 'fast' }, { const: 'slow' }] },
    either: { anyOf: [{ type: 'integer' }, { type: 'boolean' }] },
    settings: { type: 'object', default: {}, properties: { level: { type: 'string', default: 'info' } } },
  },
};

const refusals: { because: string; value: Record<string, unknown>; says: string }[] = [
  {
    because: 'a wrong type is named with the type that was sent',
    value: { owner: 'a', ports: [{ port: 'http' }] },
    says: 'spec.ports[0].port: Invalid value: "string": spec.ports[0].port in body must be of type integer: "string"',
  },
  { because: 'a required field is missing', value: {}, says: 'spec.owner: Required value' },
  { because: 'null is an absent field', value: { owner: null }, says: 'spec.owner: Required value' },
  {
    because: 'a word is not in the list',
    value: { owner: 'a', kind: 'X' },
    says: 'spec.kind: Unsupported value: "X": supported values: "A", "B"',
  },
  {
    because: 'words given as constants read like a list',
    value: { owner: 'a', mode: 'x' },
    says: 'spec.mode: Unsupported value: "x": supported values: "fast", "slow"',
  },
  {
    because: 'a number is out of bounds',
    value: { owner: 'a', ports: [{ port: 0 }] },
    says: 'spec.ports[0].port: Invalid value: 0: spec.ports[0].port in body should be greater than or equal to 1',
  },
  {
    because: 'a pattern does not match',
    value: { owner: 'a', ports: [{ port: 1, name: 'A' }] },
    says: `spec.ports[0].name: Invalid value: "A": spec.ports[0].name in body should match '^[a-z]+$'`,
  },
  {
    because: 'an empty list is too short',
    value: { owner: 'a', ports: [] },
    says: 'spec.ports: Invalid value: 0: spec.ports in body should have at least 1 items',
  },
  {
    because: 'a key of a map list comes twice',
    value: { owner: 'a', ports: [{ port: 1 }, { port: 1 }] },
    says: 'spec.ports[1]: Duplicate value: {"port":1}',
  },
  {
    because: 'a time has no zone',
    value: { owner: 'a', since: '2026-01-01T00:00:00' },
    says: 'spec.since: Invalid value: "2026-01-01T00:00:00": spec.since in body must be of type date-time: "2026-01-01T00:00:00"',
  },
  {
    because: 'an empty text is too short',
    value: { owner: '' },
    says: 'spec.owner: Invalid value: "": spec.owner in body should be at least 1 chars long',
  },
  {
    because: 'a fraction is neither a number of a port nor its name',
    value: { owner: 'a', target: 1.5 },
    says: 'spec.target: Invalid value: "number": spec.target in body must be of type integer,string: "number"',
  },
];

describe('checkValue', () => {
  for (const { because, value, says } of refusals)
    test(`refuses: ${because}`, () => {
      const { problems } = checkValue(schema, value, 'spec');

      assert.equal(describeProblems(problems), says);
    });

  test('reports all problems at once', () => {
    const { problems } = checkValue(schema, { kind: 'X', ports: [{ port: 'a' }, { port: 70000 }] }, 'spec');

    assert.deepEqual(problems.map((problem) => problem.field).sort(), [
      'spec.kind',
      'spec.owner',
      'spec.ports[0].port',
      'spec.ports[1].port',
    ]);
  });

  test('fills defaults, also inside of filled objects, and leaves the input alone', () => {
    const input = { owner: 'a' };
    const { value, problems } = checkValue(schema, input);

    assert.deepEqual(problems, []);
    assert.deepEqual(value, { owner: 'a', replicas: 1, settings: { level: 'info' } });
    assert.deepEqual(input, { owner: 'a' });
  });

  test('prunes unknown fields and tells their paths, but keeps free-form objects', () => {
    const { value, unknownFields } = checkValue(
      schema,
      { owner: 'a', x: 1, ports: [{ port: 1, y: 2 }], raw: { any: [{ deep: null }] }, words: { a: 'b' }, constructor: 'c' },
      'spec',
    );

    assert.deepEqual(unknownFields, ['spec.x', 'spec.ports[0].y', 'spec.constructor']);
    assert.deepEqual(value, {
      owner: 'a',
      ports: [{ port: 1 }],
      raw: { any: [{ deep: null }] },
      words: { a: 'b' },
      replicas: 1,
      settings: { level: 'info' },
    });
  });

  test('keeps null where it is allowed', () => {
    const { value } = checkValue(schema, { owner: 'a', note: null });

    assert.equal((value as { note: unknown }).note, null);
  });

  test('takes any of the alternatives', () => {
    for (const either of [1, true]) assert.deepEqual(checkValue(schema, { owner: 'a', either }).problems, []);

    assert.equal(checkValue(schema, { owner: 'a', either: 'x' }).problems[0]?.field, 'either');
  });

  test('drops __proto__ wherever it stands', () => {
    const body = JSON.parse('{"owner":"a","__proto__":{"bad":1},"raw":{"__proto__":{"bad":1}},"words":{"__proto__":"x"}}');
    const { value, unknownFields } = checkValue(schema, body);

    assert.deepEqual(unknownFields, ['__proto__', 'raw.__proto__', 'words.__proto__']);
    assert.equal(JSON.stringify(value).includes('bad'), false);
    assert.equal(({} as { bad?: number }).bad, undefined);
  });

  test('stops at a hundred problems and at a hundred levels', () => {
    const many = checkValue({ type: 'array', items: { type: 'string' } }, new Array(5_000).fill(1));
    let deep: unknown = 1;
    for (let level = 0; level < 5_000; level += 1) deep = [deep];
    const nested = checkValue({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, { deep });

    assert.equal(many.problems.length, 100);
    assert.match(nested.problems[0]?.message ?? '', /nested deeper than 100 levels/);
  });
});
