import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDocs } from './check-docs.ts';
import { plant } from './testing/plant.ts';

const commands = [
  { usage: 'deploy [folder]', flags: [{ flags: '--name <name>' }, { flags: '-p, --project <name>' }] },
  { usage: 'config set <name> <assignments...>', flags: [{ flags: '-e, --env <name>' }] },
  { usage: 'token' },
];
const files = {
  'docs/other.md': '# Another page\n\n## How it `works`\n',
  'packages/x/src/main.ts': "const options = { home: { type: 'string' } }; const url = process.env.FAIRWAY_URL;",
};
const shell = (line: string): string => `\`\`\`sh\n${line}\n\`\`\`\n`;

const refused: readonly { page: string; says: RegExp; because: string }[] = [
  { page: '[a page](docs/absent.md)', says: /leads nowhere: there is no docs\/absent\.md/, because: 'the page is not there' },
  { page: '[a page](../secret.md)', says: /leaves the repository/, because: 'a link may not leave' },
  { page: '[a part](docs/other.md#elsewhere)', says: /names a heading/, because: 'the heading is not there' },
  { page: '[`code`](docs/absent.md)', says: /leads nowhere/, because: 'a link may have code as its text' },
  { page: shell('./fairway explode'), says: /"fairway explode": there is no such command/, because: 'a block names a command' },
  { page: 'Say `fairway explode now`.', says: /there is no such command/, because: 'a sentence names a command' },
  { page: shell('curl -H "Bearer $(fairway tokens)" x'), says: /"fairway tokens"/, because: 'a command stands inside of another' },
  { page: shell('fairway deploy --nmae x'), says: /deploy has no flag --nmae/, because: 'the flag is misspelt' },
  {
    page: shell('fairway config set x A=1 --project y'),
    says: /config set has no flag --project/,
    because: 'it is a flag of another command',
  },
  { page: 'Set `--hoome`.', says: /no program of this repository has the flag --hoome/, because: 'no process reads the flag' },
  { page: 'Set `FAIRWAY_URI`.', says: /nothing in this repository reads FAIRWAY_URI/, because: 'no process reads the variable' },
];

for (const { page, says, because } of refused)
  test(`refuses a page: ${because}`, (t) => {
    const root = plant(t, { ...files, 'README.md': page });

    const problems = checkDocs(root, commands);

    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', /^README\.md:\d+: /);
    assert.match(problems[0] ?? '', says);
  });

const accepted: readonly { page: string; because: string }[] = [
  { page: '[a page](docs/other.md) [a part](docs/other.md#how-it-works) [here](#top)\n\n# Top', because: 'links lead somewhere' },
  { page: '[out](https://example.org/x) [mail](mailto:a@example.org)', because: 'other hosts are not asked' },
  { page: shell('git push fairway main && git remote add fairway http://x'), because: 'git has a remote of that name' },
  {
    page: shell('A=1 ./fairway deploy ./shop --name=shop -p "my shop" -o json | head'),
    because: 'flags are known, with and without a value',
  },
  { page: 'Say `fairway`, `fairway token`, or `fairway COMMAND --help`.', because: 'a placeholder is no command' },
  { page: '`fairway config` sets variables.', because: 'it speaks of a family of commands' },
  { page: 'Set `--home FOLDER` and `FAIRWAY_URL`.', because: 'a process reads both' },
  { page: shell('[no](link.md)'), because: 'code holds no links' },
];

for (const { page, because } of accepted)
  test(`accepts a page: ${because}`, (t) => {
    const root = plant(t, { ...files, 'README.md': page });

    assert.deepEqual(checkDocs(root, commands), []);
  });

test('says that it is broken when it reads nothing', (t) => {
  assert.match(checkDocs(plant(t, { 'a.txt': '' }), commands)[0] ?? '', /the check itself is broken/);
});
