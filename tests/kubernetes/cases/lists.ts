import { type Case, failure, given, good, invalidOptions, isCustom } from '../case.ts';
import type { Answer } from '../client.ts';
import { absent, exactly, present, that } from '../match.ts';
import type { Subject } from '../subject.ts';
import { labelValue, qualifiedName } from './words.ts';

/** Five objects in a namespace of their own, with labels by which selectors can tell them apart. */
async function five(subject: Subject): Promise<Subject> {
  const s = await subject.alone();
  const labels: Record<string, Record<string, string>> = {
    a: { colour: 'red', size: '1' },
    b: { colour: 'blue', size: '2' },
    c: { colour: 'green' },
    d: { size: '10', 'example.com/mark': '' },
    e: {},
  };
  for (const [name, own] of Object.entries(labels)) good(await s.create(s.make(name, { of: name }, { labels: own })));
  return s;
}
/** Custom resources say it with an empty text. */
const none = that('no token', (value) => value === undefined || value === '');
const namesOf = ({ object }: Answer): string[] => (object.items ?? []).map(({ metadata }) => metadata.name);

/** Reads a list in pages of two. */
async function pages(
  s: Subject,
  query = '',
): Promise<{ names: string[]; remaining: number | undefined; isLast: boolean; version: string }[]> {
  const read = [];
  let next = '';
  do {
    const answer = good(await s.list(`?limit=2${query}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`));
    const { continue: token = '', remainingItemCount, resourceVersion } = answer.object.metadata;
    read.push({ names: namesOf(answer), remaining: remainingItemCount, isLast: token === '', version: resourceVersion });
    next = token;
  } while (next !== '' && read.length < 10);
  return read;
}

const plain: readonly Case[] = [
  {
    id: 'list/form',
    because: 'an empty list is a list',
    run: async (s) => (await s.alone()).list(),
    expect: (s) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: exactly({ kind: `${s.kind}List`, apiVersion: s.apiVersion, metadata: { resourceVersion: /^\d+$/, continue: none }, items: [] }),
    }),
  },
  {
    id: 'list/order',
    because: 'pages need an order that stays',
    run: async (subject) => namesOf(await (await five(subject)).list()),
    expect: () => ['a', 'b', 'c', 'd', 'e'],
  },
  {
    id: 'list/items-without-kind',
    because: 'the list tells the kind of its items; custom resources tell it again',
    run: async (s) => {
      await given(s);
      return good(await s.list(`?fieldSelector=metadata.name%3D${s.own}`)).object.items;
    },
    expect: (s) => [isCustom(s) ? { kind: s.kind, apiVersion: s.apiVersion } : { kind: absent, apiVersion: absent }],
  },
  {
    id: 'list/unknown-namespace',
    because: 'reading tells nothing about namespaces',
    run: (s) => s.ask({ path: `${s.base}/namespaces/nowhere-at-all/${s.plural}` }),
    expect: () => ({ status: 200, body: { items: [] } }),
  },
  {
    id: 'list/all-namespaces',
    because: 'kubectl get -A is one list, by namespace and name',
    run: async (s) => {
      const labels = { own: s.own };
      good(await s.create(s.make(`${s.own}-1`, {}, { labels })));
      const other = await s.alone();
      good(await other.create(s.make(`${s.own}-0`, {}, { labels })));
      const { items = [] } = good(await s.ask({ path: `${s.base}/${s.plural}?labelSelector=own%3D${s.own}` })).object;
      const found = items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
      return { found, isSorted: JSON.stringify(found) === JSON.stringify(found.toSorted()) };
    },
    expect: () => ({ found: [present, present], isSorted: true }),
  },
];

const paging: readonly Case[] = [
  {
    id: 'page/limit',
    because: 'a large kind is read in pieces',
    run: async (subject) => (await pages(await five(subject))).map(({ version, ...page }) => page),
    expect: () => [
      { names: ['a', 'b'], remaining: 3, isLast: false },
      { names: ['c', 'd'], remaining: 1, isLast: false },
      { names: ['e'], remaining: undefined, isLast: true },
    ],
  },
  {
    id: 'page/one-version',
    because: 'the pieces are of one moment',
    run: async (subject) => new Set((await pages(await five(subject))).map(({ version }) => version)).size,
    expect: () => 1,
  },
  {
    id: 'page/consistent',
    because: 'what is written meanwhile is not seen on the next page',
    run: async (subject) => {
      const s = await five(subject);
      const first = good(await s.list('?limit=2'));
      good(await s.create(s.make('cc')));
      good(await s.remove('d'));
      const rest = good(await s.list(`?limit=9&continue=${encodeURIComponent(first.object.metadata.continue ?? '')}`));
      return namesOf(rest);
    },
    expect: () => ['c', 'd', 'e'],
  },
  {
    id: 'page/with-labels',
    because: 'how many are left is not counted for a selector',
    run: async (subject) => (await pages(await five(subject), '&labelSelector=size')).map(({ names, remaining }) => ({ names, remaining })),
    expect: () => [
      { names: ['a', 'b'], remaining: undefined },
      { names: ['d'], remaining: undefined },
    ],
  },
  {
    id: 'page/larger-than-list',
    because: 'a page that holds all is the last',
    run: async (subject) => (await five(subject)).list('?limit=5'),
    expect: () => ({ body: { metadata: { continue: none, remainingItemCount: absent } } }),
  },
  {
    id: 'page/limit-zero',
    because: 'no limit is none',
    run: async (subject) => namesOf(await (await five(subject)).list('?limit=0')).length,
    expect: () => 5,
  },
  {
    id: 'page/limit-nonsense',
    because: 'a limit is a number',
    run: (s) => s.list('?limit=many'),
    expect: () => failure(400, 'BadRequest', 'strconv.ParseInt: parsing "many": invalid syntax'),
  },
  {
    id: 'page/limit-negative',
    because: 'fewer than none is nonsense',
    run: (s) => s.list('?limit=-1'),
    expect: () => ({ status: 200 }),
  },
  {
    id: 'page/continue-nonsense',
    because: "a token is the server's own",
    run: (s) => s.list('?limit=2&continue=nonsense'),
    expect: () => ({ status: 400, body: { reason: 'BadRequest', message: /^invalid continue token: continue key is not valid: / } }),
  },
  {
    id: 'page/continue-with-version',
    because: 'the token tells the moment',
    run: async (subject) => {
      const s = await five(subject);
      const first = good(await s.list('?limit=2'));
      return s.list(`?limit=2&resourceVersion=5&continue=${encodeURIComponent(first.object.metadata.continue ?? '')}`);
    },
    expect: () => failure(400, 'BadRequest', 'specifying resource version is not allowed when using continue'),
  },
];

const nonsense = 'resourceVersion: Invalid value: "nonsense": strconv.ParseUint: parsing "nonsense": invalid syntax';

const versions: readonly Case[] = [
  {
    id: 'version/any',
    because: '0 means whatever is at hand',
    run: (s) => s.list('?resourceVersion=0'),
    expect: () => ({ status: 200 }),
  },
  {
    id: 'version/not-older',
    because: 'a client that wrote must see what it wrote',
    run: async (subject) => {
      const s = await five(subject);
      const { resourceVersion } = good(await s.create(s.make('f'))).object.metadata;
      return namesOf(good(await s.list(`?resourceVersion=${resourceVersion}&resourceVersionMatch=NotOlderThan`)));
    },
    expect: () => ['a', 'b', 'c', 'd', 'e', 'f'],
  },
  {
    id: 'version/exact',
    because: 'a state that is past can be read',
    run: async (subject) => {
      const s = await five(subject);
      const { resourceVersion } = good(await s.list()).object.metadata;
      good(await s.create(s.make('f')));
      good(await s.patch('a', 'merge-patch+json', s.fragment({ of: 'another' })));
      const past = good(await s.list(`?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`));
      return {
        names: namesOf(past),
        first: s.dataOf(past.object.items?.[0] ?? past.object),
        isThat: past.object.metadata.resourceVersion === resourceVersion,
      };
    },
    expect: () => ({ names: ['a', 'b', 'c', 'd', 'e'], first: { of: 'a' }, isThat: true }),
  },
  {
    id: 'version/future',
    because: 'a version that is not there yet is waited for, and not for long',
    run: (s) => s.list('?resourceVersion=999999999&resourceVersionMatch=NotOlderThan'),
    expect: () => ({
      status: 504,
      body: exactly({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: /^Timeout: Too large resource version: 999999999, current: \d+$/,
        reason: 'Timeout',
        details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
        code: 504,
      }),
    }),
  },
  {
    id: 'version/nonsense',
    because: 'a version is a number to the server',
    run: (s) => s.list('?resourceVersion=nonsense'),
    expect: () => failure(400, 'BadRequest', `invalid resource version: ${nonsense}`),
  },
  {
    id: 'version/get-future',
    because: 'one object is not older than asked for either',
    run: async (s) => {
      await given(s);
      return s.get(s.own, '?resourceVersion=999999999');
    },
    expect: () => ({ status: 504, body: { reason: 'Timeout' } }),
  },
  ...(
    [
      [
        'match-alone',
        '?resourceVersionMatch=Exact',
        'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
        'FieldValueForbidden',
      ],
      [
        'match-exact-zero',
        '?resourceVersionMatch=Exact&resourceVersion=0',
        'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
        'FieldValueForbidden',
      ],
      [
        'match-nonsense',
        '?resourceVersionMatch=Almost&resourceVersion=5',
        'Unsupported value: "Almost": supported values: "Exact", "NotOlderThan", ""',
        'FieldValueNotSupported',
      ],
    ] as const
  ).map(
    ([id, query, message, reason]): Case => ({
      id: `version/${id}`,
      because: 'two parameters that make no sense together are told',
      run: (s) => s.list(query),
      expect: () => invalidOptions('ListOptions', { reason, message, field: 'resourceVersionMatch' }),
    }),
  ),
  {
    id: 'version/initial-events-of-a-list',
    because: 'initial events are a thing of watches',
    run: (s) => s.list('?sendInitialEvents=true'),
    expect: () =>
      invalidOptions('ListOptions', {
        reason: 'FieldValueForbidden',
        message: 'Forbidden: sendInitialEvents is forbidden for list',
        field: 'sendInitialEvents',
      }),
  },
];

const labelSelectors: readonly (readonly [id: string, selector: string, names: string])[] = [
  ['equals', 'colour=red', 'a'],
  ['double-equals', 'colour==red', 'a'],
  ['not-equals', 'colour!=red', 'bcde'],
  ['in', 'colour in (red, blue)', 'ab'],
  ['not-in', 'colour notin (red,blue)', 'cde'],
  ['exists', 'colour', 'abc'],
  ['not-exists', '!colour', 'de'],
  ['and', 'colour,size', 'ab'],
  ['spaces', ' colour = red , size ', 'a'],
  ['greater', 'size>1', 'bd'],
  ['less', 'size<10', 'ab'],
  ['empty-value', 'example.com/mark=', 'd'],
  ['empty', '', 'abcde'],
  ['in-one', 'colour in (red)', 'a'],
  ['in-empty-value', 'example.com/mark in (,x)', 'd'],
];
const labelNonsense: readonly (readonly [id: string, selector: string, message: string])[] = [
  ['operator', 'colour=!red', "unable to parse requirement: found '!', expected: identifier"],
  ['open-list', 'colour in (red', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['no-key', '=red', "found '=', expected: !, identifier, or 'end of string'"],
  ['two-values', 'colour=red blue', "found 'blue', expected: ',' or 'end of string'"],
  ['bad-key', '-a=b', `unable to parse requirement: <nil>: Invalid value: "-a": ${qualifiedName}`],
  ['bad-value', 'a=-b', `unable to parse requirement: values[0][a]: Invalid value: "-b": ${labelValue}`],
  ['comma', 'colour,,size', "found ',', expected: identifier after ','"],
  [
    'greater-text',
    'size>many',
    "unable to parse requirement: values[0]: Invalid value: \"many\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
];
const fieldSelectors: readonly (readonly [id: string, selector: string, names: string])[] = [
  ['name', 'metadata.name=c', 'c'],
  ['double-equals', 'metadata.name==c', 'c'],
  ['not-name', 'metadata.name!=c', 'abde'],
  ['other-namespace', 'metadata.namespace=elsewhere', ''],
  ['two', 'metadata.name!=a,metadata.name!=b', 'cde'],
  ['empty', '', 'abcde'],
];
const unknownField =
  (field: string) =>
  (s: Subject): string =>
    isCustom(s)
      ? `field label not supported: ${field}`
      : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
const fieldNonsense: readonly (readonly [id: string, selector: string, message: (s: Subject) => string])[] = [
  ['unknown-field', 'data.a=b', unknownField('data.a')],
  ['no-operator', 'metadata.name', () => "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
  ['labels', 'metadata.labels.a=b', unknownField('metadata.labels.a')],
];

const selectors: readonly Case[] = [
  ...labelSelectors.map(
    ([id, selector, names]): Case => ({
      id: `label-selector/${id}`,
      because: `${JSON.stringify(selector)} chooses ${names === '' ? 'nothing' : names}`,
      run: async (subject) => namesOf(good(await (await five(subject)).list(`?labelSelector=${encodeURIComponent(selector)}`))).join(''),
      expect: () => names,
    }),
  ),
  ...labelNonsense.map(
    ([id, selector, message]): Case => ({
      id: `label-selector-nonsense/${id}`,
      because: `${JSON.stringify(selector)} is not understood`,
      run: (s) => s.list(`?labelSelector=${encodeURIComponent(selector)}`),
      expect: () => failure(400, 'BadRequest', message),
    }),
  ),
  ...fieldSelectors.map(
    ([id, selector, names]): Case => ({
      id: `field-selector/${id}`,
      because: `${JSON.stringify(selector)} chooses ${names === '' ? 'nothing' : names}`,
      run: async (subject) => namesOf(good(await (await five(subject)).list(`?fieldSelector=${encodeURIComponent(selector)}`))).join(''),
      expect: () => names,
    }),
  ),
  ...fieldNonsense.map(
    ([id, selector, message]): Case => ({
      id: `field-selector-nonsense/${id}`,
      because: `${JSON.stringify(selector)} is not understood`,
      run: (s) => s.list(`?fieldSelector=${encodeURIComponent(selector)}`),
      expect: (s) => failure(400, 'BadRequest', message(s)),
    }),
  ),
];

export const listCases: readonly Case[] = [...plain, ...paging, ...versions, ...selectors];
