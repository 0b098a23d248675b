import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CompileProblem, compile, createRuleEnvironment, type StructuralSchema } from './index.ts';

const text: StructuralSchema = { type: 'string' };
const keyed: StructuralSchema = {
  type: 'array',
  items: { type: 'object', properties: { key: text } },
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['key'],
};
const environment = createRuleEnvironment({
  schema: {
    type: 'object',
    properties: {
      long: text,
      mixed: text,
      half: text,
      names: { type: 'array', items: text },
      numbers: { type: 'array', items: { type: 'integer' } },
      keyed,
      map: { type: 'object', additionalProperties: text },
      kept: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    },
  },
});
assert.ok(environment);

/** Two letters without an order, the same in each run. */
function mixedText(length: number): string {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed & 0x10000 ? 'a' : 'b';
  }).join('');
}

const map = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key-${index}`, 'a']));
const self = {
  long: 'a'.repeat(1_000_000),
  mixed: mixedText(50_000),
  half: `${'a'.repeat(250_000)}b${'a'.repeat(250_000)}`,
  names: Array<string>(1000).fill('a'),
  numbers: Array.from({ length: 300_000 }, (_, index) => index),
  keyed: Array.from({ length: 20_000 }, (_, index) => ({ key: String(index) })),
  map,
  kept: [map],
};

const doubled = (times: number, what: string, step = 'x + x', start = '[1]'): string =>
  `[${start}]${`.map(x, ${step})`.repeat(times)}.all(x, ${what})`;
const nested = (what: string): string => doubled(40, what, 'dyn([x, x])', 'dyn(1)');
const objects = (what: string): string => doubled(40, what, "dyn({'a': x, 'b': x})", 'dyn(1)');
/** A tenth of what an evaluation may cost, so that the tests are quick. */
const limit = 100_000;
const again = (what: string): string => `self.numbers.exists(x, ${what} && x < 0)`;

// Without a bound each of these takes minutes at least, or all the memory that there is.
describe('what would not come to an end is cancelled', () => {
  const cases: readonly { because: string; expressions: readonly string[] }[] = [
    {
      because: 'a list that was joined with itself again and again is longer than anybody can go over',
      expressions: [
        ...['x == [2] + x', 'x.sum() == 1', 'x.max() == 2', 'x.indexOf(2) == 1', '5 in x', 'x.sort() == [1]', 'x.distinct() == [1]'],
        ...[
          'x.isSorted()',
          'sets.contains(x, x)',
          '[x].flatten() == [1]',
          "'%s'.format([x]) == ''",
          'x.all(y, y == 1)',
          'x.reverse() == x',
        ],
      ].map((what) => doubled(40, what)),
    },
    {
      because: 'values that hold a value twice are as large as their depth doubled each time',
      expressions: ['x == dyn([x])[0]', "'%s'.format([x]) == ''", 'x.flatten(40).size() == 1', '[[x]] == [[x]]'].map(nested),
    },
    { because: 'so are maps', expressions: ["[x] == [dyn({'a': x, 'b': x}).a]", "'%s'.format([x]) == ''"].map(objects) },
    {
      because: 'text can be made that is longer than any memory',
      expressions: [
        "self.long.replace('a', self.long) == ''",
        "self.long.replace('', self.long) == ''",
        "self.names.join(self.long) == ''",
        "'%s'.format([self.names.map(x, self.long)]) == ''",
      ],
    },
    {
      because: 'comparing and joining what an object has costs little, whatever its size',
      expressions: ['[self.numbers] == [self.numbers + []]', '(self.keyed + self.keyed).size() > 0', 'self.keyed == self.keyed'].map(again),
    },
    { because: 'so does comparing what a schema does not describe', expressions: [again("{'a': self.kept} == {'a': self.kept}")] },
    { because: 'so does asking for the size of a map', expressions: [again('self.map.size() > 0')] },
    {
      because: 'a pattern may have very many ways to go on at each character',
      expressions: ["self.long.find('a{500}b') == ''", "self.mixed.matches('[ab]*a[ab]{500}c')"],
    },
    {
      because: 'patterns may be made while the expression runs',
      expressions: ["lists.range(60000).exists(x, 'a'.matches('(a{30}){30}b' + string(x)))"],
    },
  ];
  for (const { because, expressions } of cases)
    test(because, () => {
      for (const expression of expressions) {
        const outcome = compile(expression, environment).run({ self }, limit);
        assert.equal(outcome.isCancelled, true, `${expression.slice(-60)} gave ${String(outcome.error ?? outcome.value).slice(0, 60)}`);
      }
    });
});

test('what is nested deeper than the engine can follow is cancelled', () => {
  const expression = doubled(200, 'x == [x]', `dyn(${'['.repeat(200)}x${']'.repeat(200)})`);
  assert.equal(compile(expression, environment).run({ self }).isCancelled, true);
});

test('a list has no more elements than can be counted', () => {
  const { error, isCancelled } = compile(doubled(60, 'x.size() == 1'), environment).run({ self });
  assert.deepEqual([error, isCancelled], ['operation cancelled: actual cost limit exceeded', true]);
});

describe('what takes long elsewhere is done here', () => {
  const expressions = [
    ...['contains(self.half)', "split(self.half).size() == 1 && 'a' == 'b'", 'indexOf(self.half) == 1', 'lastIndexOf(self.half) == 1'],
    ...["matches('(a*)*b')", "matches('^(a|aa)+$') && 'a' == 'b'", "find('b') == 'b'"],
  ].map((what) => `self.long.${what}`);
  for (const expression of expressions)
    test(expression, () => assert.equal(compile(expression, environment).run({ self }, Number.POSITIVE_INFINITY).value, false));
});

test('an ordinary comparison of a large object costs what it costs in Kubernetes', () => {
  const same = { names: self.names, numbers: self.numbers.slice(0, 5000), map: { a: 'b' } };
  assert.deepEqual(compile('self == oldSelf', environment).run({ self: same, oldSelf: structuredClone(same) }), { cost: 3, value: true });
});

describe('expressions that would keep the compiler busy are refused', () => {
  const chain = (count: number): string => Array.from({ length: count }, (_, at) => `.map(v${at}, {v${at}: v${at}})`).join('');
  let variables = 'true';
  for (let at = 40; at > 0; at -= 1) variables = `[].all(a${at}, a${at} == {a${at - 1}: a${at - 1}} && ${variables})`;
  const cases: readonly { because: string; expression: string; says: RegExp }[] = [
    { because: 'a type may be doubled by a few words', expression: `[1]${chain(40)}`, says: /size of a type exceeds limit: 1000/ },
    {
      because: 'unknown types may depend on each other in very many ways',
      expression: `[].all(a0, ${variables})`,
      says: /types depend on each other in more than 20000000 ways/,
    },
    {
      because: 'an expression has a length',
      expression: `'${'a'.repeat(100_000)}'`,
      says: /expression code point size exceeds limit: size: 100002, limit 100000/,
    },
    {
      because: 'brackets have a depth',
      expression: `${'('.repeat(300)}1${')'.repeat(300)}`,
      says: /expression recursion limit exceeded: 250/,
    },
    { because: 'and so have operators', expression: `1${' + 1'.repeat(300)}`, says: /max recursion depth exceeded/ },
  ];
  for (const { because, expression, says } of cases)
    test(because, () =>
      assert.throws(
        () => compile(expression, environment),
        (error) => error instanceof CompileProblem && says.test(error.message),
      ),
    );
});

test('long expressions that are not deep are read', () => {
  for (const expression of [
    `[${Array(40_000).fill('1').join(',')}].size() == 40000`,
    Array(12_000).fill('true').join('&&'),
    `${'-'.repeat(90_000)}1 == 1`,
    `${'!'.repeat(90_000)}true`,
  ])
    assert.equal(compile(expression, environment).run({ self }).value, true);
});
