import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type AuthorizationQuestion,
  authorizerBindings,
  CompileProblem,
  compile,
  composeVariables,
  createAdmissionEnvironment,
  createRuleEnvironment,
  type Outcome,
  type RuleScope,
  type StructuralSchema,
  types,
} from './index.ts';

const text: StructuralSchema = { type: 'string' };
const schema: StructuralSchema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: text,
    size: { type: 'integer' },
    'my-field': text,
    namespace: text,
    ports: { type: 'array', items: { type: 'integer' } },
  },
};

function ruleEnvironment(scope: Partial<RuleScope> = {}) {
  const environment = createRuleEnvironment({ schema, ...scope });
  assert.ok(environment);
  return environment;
}

function problemOf(expression: string, environment = ruleEnvironment()): CompileProblem {
  try {
    compile(expression, environment);
  } catch (error) {
    if (error instanceof CompileProblem) return error;
    throw error;
  }
  return assert.fail(`${expression} compiles`);
}

test('a program tells its type and which variables it uses, and can be run again and again', () => {
  const program = compile('self.size + 1', ruleEnvironment());
  assert.equal(String(program.resultType), 'int');
  assert.deepEqual([program.uses('self'), program.uses('oldSelf')], [true, false]);
  assert.deepEqual(program.run({ self: { size: 1 } }), { cost: 3, value: 2 });
  assert.deepEqual(program.run({ self: { size: 2 } }), { cost: 3, value: 3 });
});

test('a variable is used wherever its name is, in a macro that takes the name for itself too, as in Kubernetes', () => {
  assert.equal(compile('self.ports.all(p, p in oldSelf.ports)', ruleEnvironment()).uses('oldSelf'), true);
  assert.equal(compile('self.ports.all(oldSelf, oldSelf > 0)', ruleEnvironment()).uses('oldSelf'), true);
});

test('what is given is only read', () => {
  const self = Object.freeze({ name: 'a', ports: Object.freeze([2, 1]) });
  const program = compile('(self.ports + [3]).sort() == [1, 2, 3] && self.ports.map(p, p + 1).size() == 2', ruleEnvironment());
  assert.equal(program.run({ self }).value, true);
});

test('problems say in which stage they were met, with the place in the source', () => {
  const unknown = problemOf('self.nam');
  assert.equal(unknown.stage, 'check');
  assert.equal(unknown.message, "ERROR: <input>:1:5: undefined field 'nam'\n | self.nam\n | ....^");
  const pattern = problemOf("self.name.find('(') == ''");
  assert.deepEqual([pattern.stage, pattern.message], ['start', 'error parsing regexp: missing closing ): `(`']);
});

test('a schema without a type has no environment', () => {
  assert.equal(createRuleEnvironment({ schema: { 'x-kubernetes-preserve-unknown-fields': true } }), undefined);
});

test('the environment of a rule says how many values of its schema fit into a request', () => {
  // `{}` and a comma are three bytes; with a required name it is `{"name":""}` and a comma, and one more as Kubernetes counts.
  assert.equal(ruleEnvironment({ schema: { type: 'object' } }).mostValues, (3n * 1024n ** 2n) / 3n);
  assert.equal(ruleEnvironment().mostValues, (3n * 1024n ** 2n) / 13n);
});

describe('whole numbers are those of 64 bits', () => {
  const cases: readonly { because: string; expression: string; gives: Omit<Outcome, 'cost'> }[] = [
    {
      because: 'past the safe numbers of JavaScript nothing is rounded',
      expression: '9007199254740993 + 0',
      gives: { value: 9007199254740993n },
    },
    { because: 'what is safe again is a number again', expression: '9007199254740993 - 9007199254740992', gives: { value: 1 } },
    { because: 'a product is exact', expression: '3037000499 * 3037000499 - 9223372030926249001', gives: { value: 0 } },
    {
      because: 'there is no number above',
      expression: '9223372036854775807 + 1',
      gives: { error: 'integer overflow', isCancelled: false },
    },
    {
      because: 'the least number has no opposite',
      expression: '-(-9223372036854775807 - 1)',
      gives: { error: 'integer overflow', isCancelled: false },
    },
    { because: 'division goes towards zero', expression: '-7 / 2', gives: { value: -3 } },
    {
      because: 'and so does what is left, without a negative zero',
      expression: '[-4 % 2] == [0] && string(-4 % 2) == "0"',
      gives: { value: true },
    },
  ];
  for (const { because, expression, gives } of cases)
    test(because, () => {
      const { cost: _, ...outcome } = compile(expression, ruleEnvironment()).run({});
      assert.deepEqual(outcome, gives);
    });
});

test('fields that are called like words of the language have names with underscores', () => {
  const program = compile("self.my__dash__field + self.__namespace__ + self.namespace == 'abb'", ruleEnvironment());
  assert.equal(program.run({ self: { 'my-field': 'a', namespace: 'b' } }).value, true);
});

test('an old value that may be missing is an optional', () => {
  const program = compile(
    'oldSelf.hasValue() ? self.size >= oldSelf.value().size : self.size == 1',
    ruleEnvironment({ hasOptionalOld: true }),
  );
  assert.equal(program.run({ self: { size: 1 } }).value, true);
  assert.equal(program.run({ self: { size: 1 }, oldSelf: { size: 2 } }).value, false);
});

test('an evaluation that costs more than it may is cancelled, and its cost told', () => {
  const program = compile('self.ports.all(p, p > 0)', ruleEnvironment());
  const self = { ports: Array<number>(1000).fill(1) };
  assert.equal(program.run({ self }).value, true);
  assert.deepEqual(program.run({ self }, 10), { cost: 11, error: 'operation cancelled: actual cost limit exceeded', isCancelled: true });
});

test('the estimate comes from the bounds of the schema', () => {
  const most = (written: StructuralSchema): bigint =>
    compile('self.all(x, self.all(y, x != y))', ruleEnvironment({ schema: { type: 'array', items: text, ...written } })).estimateCost().max;
  assert.deepEqual(
    [most({ maxItems: 10 }), most({ maxItems: 10, items: { ...text, maxLength: 10 } }), most({})],
    [31_457_852n, 952n, 345_881_509_130_194_127n],
  );
});

test('composed variables are worked out when they are looked at, once', () => {
  const runs: string[] = [];
  const value = (name: string, result: Outcome) => (): Outcome => {
    runs.push(name);
    return result;
  };
  const variables = composeVariables(
    new Map([
      ['used', value('used', { cost: 1, value: 2 })],
      ['unused', value('unused', { cost: 1, value: 2 })],
      ['broken', value('broken', { cost: 1, error: 'no such key: a', isCancelled: false })],
    ]),
  );
  const declared = new Map(['used', 'unused', 'broken'].map((name) => [name, types.int] as const));
  const environment = createAdmissionEnvironment({ variables: declared });
  assert.equal(compile('variables.used + variables.used', environment).run({ variables }).value, 4);
  assert.equal(compile('variables.used', environment).run({ variables }).value, 2);
  assert.deepEqual(runs, ['used']);
  const { error } = compile('variables.broken + variables.broken', environment).run({ variables });
  assert.equal(error, 'composited variable "broken" fails to evaluate: no such key: a');
  assert.deepEqual(runs, ['used', 'broken']);
});

test('the authorizer is asked what the expression asks', () => {
  const questions: Partial<AuthorizationQuestion>[] = [];
  const bindings = authorizerBindings(
    (question) => {
      questions.push(question);
      return { isAllowed: true, reason: 'because' };
    },
    { resource: 'pods', namespace: 'default', name: 'a' },
  );
  const expression = `authorizer.serviceAccount('ns', 'robot').group('apps').resource('deployments').subresource('scale').namespace('x').name('y').check('update').allowed()
    && authorizer.path('/healthz').check('get').reason() == 'because' && authorizer.requestResource.check('delete').allowed()`;
  assert.equal(compile(expression, createAdmissionEnvironment()).run(bindings, 2_000_000).value, true);
  const nothing = { group: '', resource: '', subresource: '', namespace: '', name: '', fieldSelector: '', labelSelector: '' };
  assert.deepEqual(questions, [
    {
      ...nothing,
      verb: 'update',
      serviceAccount: { namespace: 'ns', name: 'robot' },
      group: 'apps',
      resource: 'deployments',
      subresource: 'scale',
      namespace: 'x',
      name: 'y',
    },
    { ...nothing, verb: 'get', path: '/healthz' },
    { ...nothing, verb: 'delete', resource: 'pods', namespace: 'default', name: 'a' },
  ]);
});
