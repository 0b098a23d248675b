import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type DefinitionServer, startDefinitionServer, widgets } from '../testing/definition-server.ts';

const widgetsPath = '/apis/example.com/v1/namespaces/default/widgets';
const merge = { 'content-type': 'application/merge-patch+json' };

const definition = (spec: object) => {
  const made = widgets();
  const [version] = made.spec.versions as { schema: object }[];
  if (version !== undefined) version.schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', ...spec } } } };
  return made;
};
const rules = (...written: object[]) => ({ 'x-kubernetes-validations': written });
const count = { type: 'integer' };
const text = { type: 'string', maxLength: 20 };

async function start(
  t: TestContext,
  spec: object,
): Promise<
  DefinitionServer & {
    create: (name: string, spec: object) => ReturnType<DefinitionServer['call']>;
    change: (name: string, spec: object) => ReturnType<DefinitionServer['call']>;
  }
> {
  const server = await startDefinitionServer(t);
  await server.define(definition(spec));
  return {
    ...server,
    create: (name, value) => server.call('POST', widgetsPath, { metadata: { name }, spec: value }),
    change: (name, value) => server.call('PATCH', `${widgetsPath}/${name}`, { spec: value }, merge),
  };
}

test('objects keep to the rules of their schema, in the words of the rule', async (t) => {
  const { create } = await start(t, {
    properties: {
      min: count,
      max: count,
      name: text,
      mode: text,
      parts: { type: 'array', maxItems: 5, items: { type: 'object', properties: { size: count }, ...rules({ rule: 'self.size > 0' }) } },
    },
    ...rules(
      { rule: 'self.min <= self.max', message: 'min may not be above max', fieldPath: '.min' },
      {
        rule: "!has(self.name) || self.name != 'root'",
        messageExpression: "'the name ' + self.name + ' is taken'",
        reason: 'FieldValueForbidden',
      },
    ),
  });

  const good = await create('good', { min: 1, max: 2, parts: [{ size: 1 }] });
  const bad = await create('bad', { min: 3, max: 2, name: 'root', parts: [{ size: 1 }, { size: 0 }] });

  assert.equal(good.code, 201, good.body.message);
  assert.equal(bad.code, 422);
  assert.deepEqual(
    bad.body.details.causes.map(({ field, reason, message }) => [field, reason, message]),
    [
      ['spec.min', 'FieldValueInvalid', 'Invalid value: min may not be above max'],
      ['spec', 'FieldValueForbidden', 'Forbidden: the name root is taken'],
      ['spec.parts[1]', 'FieldValueInvalid', 'Invalid value: failed rule: self.size > 0'],
    ],
  );
});

test('rules about changes hold for changes, and an optional old value for creations too', async (t) => {
  const { create, change } = await start(t, {
    properties: {
      fixed: { ...count, ...rules({ rule: 'self == oldSelf', message: 'fixed is immutable' }) },
      first: {
        ...count,
        ...rules({ rule: 'oldSelf.hasValue() || self == 1', optionalOldSelf: true, message: 'begins at 1' }),
      },
    },
  });

  const codes = [
    (await create('a', { fixed: 7 })).code,
    (await change('a', { fixed: 7 })).code,
    (await change('a', { fixed: 8 })).code,
    (await create('b', { first: 2 })).code,
    (await create('c', { first: 1 })).code,
    (await change('c', { first: 2 })).code,
  ];

  assert.deepEqual(codes, [201, 200, 422, 422, 201, 200]);
});

test('what broke a rule before it was made stays tolerated until it is changed', async (t) => {
  const { create, change, redefine } = await start(t, { properties: { size: count, note: text } });
  await create('a', { size: 1 });
  await redefine('widgets', (spec) => {
    spec.properties = { size: { ...count, ...rules({ rule: 'self > 5' }) }, note: text };
  });

  const codes = [(await change('a', { note: 'x' })).code, (await change('a', { size: 2 })).code, (await create('b', { size: 1 })).code];

  assert.deepEqual(codes, [200, 422, 422]);
});

test('an object that a new rule about all of it breaks can still be let go', async (t) => {
  const { call, create, definitions, kinds } = await start(t, { properties: { size: count } });
  await create('a', { size: 1 });
  await call('PATCH', `${widgetsPath}/a`, { metadata: { finalizers: ['example.com/hold'] } }, merge);
  const changed = new Promise<void>((resolve) => void kinds.onChange(resolve));
  const rule = {
    op: 'add',
    path: '/spec/versions/0/schema/openAPIV3Schema/x-kubernetes-validations',
    value: [{ rule: 'self.spec.size > 5' }],
  };
  await call('PATCH', `${definitions}/widgets.example.com`, [rule], { 'content-type': 'application/json-patch+json' });
  await changed;

  await call('DELETE', `${widgetsPath}/a`);
  const released = await call('PATCH', `${widgetsPath}/a`, { metadata: { finalizers: null } }, merge);

  assert.equal(released.code, 200, released.body.message);
  assert.equal((await call('GET', `${widgetsPath}/a`)).code, 404);
});

test('a definition is refused for rules that cannot run, or could cost too much', async (t) => {
  const { call, definitions } = await startDefinitionServer(t);
  const at = 'spec.validation.openAPIV3Schema.properties[spec]';
  const cases: { spec: object; field: string; says: RegExp; because: string }[] = [
    { spec: rules({ rule: 'self.' }), field: '.x-kubernetes-validations[0].rule', says: /Syntax error/, because: 'no expression' },
    {
      spec: rules({ rule: 'self.nothing > 1' }),
      field: '.x-kubernetes-validations[0].rule',
      says: /undefined field 'nothing'/,
      because: 'no such field',
    },
    {
      spec: rules({ rule: '1 + 1' }),
      field: '.x-kubernetes-validations[0].rule',
      says: /must evaluate to a bool/,
      because: 'no yes or no',
    },
    {
      spec: rules({ rule: '' }),
      field: '.x-kubernetes-validations[0].rule',
      says: /^Required value: rule is not specified$/,
      because: 'empty',
    },
    {
      spec: rules({ rule: 'true', message: 'a\nb' }),
      field: '.x-kubernetes-validations[0].message',
      says: /must not contain line breaks/,
      because: 'one line',
    },
    {
      spec: rules({ rule: 'true', fieldPath: '.nothing' }),
      field: '.x-kubernetes-validations[0].fieldPath',
      says: /must be a valid path$/,
      because: 'no such path',
    },
    {
      spec: {
        properties: {
          list: { type: 'array', items: { type: 'string' }, ...rules({ rule: 'self.all(a, self.all(b, a == b || a != b))' }) },
        },
      },
      field: '.properties[list].x-kubernetes-validations[0].rule',
      says: /^Forbidden: estimated rule cost exceeds budget by factor of/,
      because: 'nothing bounds the list',
    },
    {
      spec: { properties: { list: { type: 'array', maxItems: 3, items: { ...text, ...rules({ rule: 'self == oldSelf' }) } } } },
      field: '.properties[list].items.x-kubernetes-validations[0].rule',
      says: /oldSelf cannot be used on the uncorrelatable portion of the schema/,
      because: 'items of a plain list have no past',
    },
  ];
  for (const { spec, field, says, because } of cases) {
    const { code, body } = await call('POST', definitions, definition(spec));
    assert.equal(code, 422, because);
    const found = body.details.causes.find((cause) => cause.field === `${at}${field}`);
    assert.match(found?.message ?? JSON.stringify(body.details.causes), says, because);
  }
});

test('an object whose rules cost too much at run time is refused, not waited for', async (t) => {
  const { create } = await start(t, {
    properties: { list: { type: 'array', maxItems: 1_000, items: { type: 'string', maxLength: 10 } } },
    ...rules({ rule: 'self.list.all(a, self.list.all(b, a.size() + b.size() >= 0))' }),
  });

  const few = await create('few', { list: ['a', 'b'] });
  const many = await create('many', { list: Array.from({ length: 1_000 }, (_, index) => String(index)) });

  assert.equal(few.code, 201, few.body.message);
  assert.equal(many.code, 422);
  assert.match(
    many.body.message,
    /actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule/,
  );
});
