import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBody } from './read-body.ts';

const lines = (count: number, line: (index: number) => string): string => Array.from({ length: count }, (_, index) => line(index)).join('');

test('a YAML body with very many keys is read in a time that grows with its length alone', async () => {
  const startedAt = performance.now();
  const value = await decodeBody(`a:\n${lines(20_000, (index) => ` k${index}: b\n`)}`, 'yaml');
  assert.equal(Object.keys((value as { a: object }).a).length, 20_000);
  assert.ok(performance.now() - startedAt < 4_000, 'comparing each key with each other takes far longer');
});

const refused = [
  { text: `a: ${'x'.repeat(256 * 1024)}`, says: /larger than 262144 characters: send it as JSON/, because: 'the parser is slow' },
  { text: `- &a x\n${'- *a\n'.repeat(101)}`, says: /more than 100 aliases/, because: 'each is searched for in the whole document' },
  { text: `a: ${'['.repeat(20_000)}`, says: /not YAML or JSON/, because: 'it ends too early, and is too deep' },
  { text: 'a: b: c', says: /not YAML or JSON/, because: 'it is no YAML' },
];
for (const { text, says, because } of refused)
  test(`YAML that begins with ${JSON.stringify(text.slice(0, 12))} is refused, because ${because}`, async () => {
    await assert.rejects(decodeBody(text, 'yaml'), { reason: 'invalid', message: says });
  });

test('YAML is read as Kubernetes reads it', async () => {
  assert.deepEqual(await decodeBody('a: yes\nb: &x {c: 1}\nd: *x\ne: {<<: *x, f: 2}\n', 'yaml'), {
    a: true,
    b: { c: 1 },
    d: { c: 1 },
    e: { c: 1, f: 2 },
  });
});
