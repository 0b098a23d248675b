import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CommandContext } from './command.ts';
import { nameOfFolder, placeOf, readLink, writeLink } from './place.ts';
import { temporaryFolder } from './testing/run-for-test.ts';

const link = { organization: 'acme', project: 'shop', component: 'web' };

/** Only what place resolution uses; `known` are the projects of the platform's components. */
function contextOf(cwd: string, options: CommandContext['options'] = {}, known: Readonly<Record<string, string>> = {}): CommandContext {
  const get = async (name: string, { namespace }: { namespace: string }) => {
    const projectName = known[`${namespace}/${name}`];
    return projectName === undefined ? undefined : { spec: { owner: { projectName } } };
  };
  return { cwd, options, connect: async () => ({ fairway: { resources: () => ({ get }) } }) } as unknown as CommandContext;
}

test('a place is named by words, flags, the folder’s link or the platform, in this order', async (t: TestContext) => {
  const linked = temporaryFolder(t);
  await writeLink(linked, link);
  const bare = temporaryFolder(t);
  const known = { 'default/api': 'billing', 'acme/api': 'core' };
  const cases = [
    { because: 'the link', cwd: linked, given: undefined, place: link },
    { because: 'the linked component by name', cwd: linked, given: 'web', place: link },
    {
      because: 'another component is looked up',
      cwd: linked,
      given: 'api',
      place: { organization: 'default', project: 'billing', component: 'api' },
    },
    {
      because: 'a name alone is looked up',
      cwd: bare,
      given: 'api',
      place: { organization: 'default', project: 'billing', component: 'api' },
    },
    { because: 'an unknown name', cwd: bare, given: 'new', place: { organization: 'default', project: 'default', component: 'new' } },
    { because: 'project/name', cwd: bare, given: 'a/b', place: { organization: 'default', project: 'a', component: 'b' } },
    { because: 'org/project/name', cwd: linked, given: 'o/a/b', place: { organization: 'o', project: 'a', component: 'b' } },
    { because: '--project wins', cwd: linked, given: 'x/web', options: { project: 'p' }, place: { ...link, project: 'p' } },
    {
      because: '--org is looked in',
      cwd: bare,
      given: 'api',
      options: { org: 'acme' },
      place: { organization: 'acme', project: 'core', component: 'api' },
    },
  ];
  for (const { because, cwd, given, options, place } of cases)
    assert.deepEqual(await placeOf(contextOf(cwd, options, known), given), place, because);
});

test('what names no component is refused', async (t) => {
  const bare = temporaryFolder(t);

  await assert.rejects(placeOf(contextOf(bare), undefined), { exitCode: 2, message: /not linked/ });
  for (const given of ['', '/', 'a//b', 'a/b/c/d', '/web']) await assert.rejects(placeOf(contextOf(bare), given), { exitCode: 2 }, given);
});

test('a link is kept beside its folder, hidden from Git, and written whole', async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(await readLink(folder), undefined);

  await writeLink(folder, link);
  await writeLink(folder, { ...link, component: 'other' });

  assert.deepEqual(await readLink(folder), { ...link, component: 'other' });
  assert.deepEqual(readdirSync(join(folder, '.fairway')).toSorted(), ['.gitignore', 'link.json']);
  assert.equal(readFileSync(join(folder, '.fairway', '.gitignore'), 'utf8'), '*\n');
});

test('a damaged link is told, never guessed', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, '.fairway'));
  for (const content of ['', '{', 'null', '{"organization":"acme"}', '{"organization":"a","project":"b","component":3}']) {
    writeFileSync(join(folder, '.fairway', 'link.json'), content);
    await assert.rejects(readLink(folder), { exitCode: 2, message: /link.json is damaged/ }, content);
  }
});

test('a folder’s name becomes a component’s name', () => {
  const cases = [
    ['/apps/hello', 'hello'],
    ['/apps/Hello World', 'hello-world'],
    ['/apps/hello_world.js', 'hello-world-js'],
    ['/apps/Größe', 'gro-e'],
    ['/apps/café', 'cafe'],
    ['/apps/42-shop', 'shop'],
    ['/apps/--x--', 'x'],
    ['/apps/漢字', 'app'],
    ['/', 'app'],
    [`/apps/${'a'.repeat(39)}-b`, 'a'.repeat(39)],
  ] as const;
  for (const [folder, name] of cases) assert.equal(nameOfFolder(folder), name, folder);
});
