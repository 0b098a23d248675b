import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkWords } from './check-words.ts';
import { plant } from './testing/plant.ts';

// Put together here, because this file is looked at too.
const home = `/${'home'}/ada/fairway`;
const registry = `https://registry.${'npmjs'}.org/`;
const later = `TO${'DO'}`;

const cases: readonly { path: string; text: string; finds: boolean; because: string }[] = [
  { path: 'docs/start.md', text: `cd ${home}`, finds: true, because: 'nobody else has that folder' },
  { path: 'packages/cli/src/place.ts', text: `const a = '/${'root'}/.cache';`, finds: true, because: 'root has a home too' },
  {
    path: 'packages/cli/src/place.ts',
    text: "import { a } from '../root-environment.ts';",
    finds: false,
    because: 'that is a relative path',
  },
  { path: '.npmrc', text: `registry=${registry}`, finds: true, because: 'where packages come from is a setting of the machine' },
  { path: 'packages/cli/src/a.ts', text: `// ${later}: the rest`, finds: true, because: 'unfinished work is not committed' },
  { path: 'packages/cli/src/a.test.ts', text: `const line = '${later}';`, finds: false, because: 'a test may say it' },
  { path: 'packages/cli/src/a.ts', text: `throw new Error('not ${'implemented'}');`, finds: true, because: 'a stub is not committed' },
  { path: 'packages/cli/src/a.test.ts', text: `test.${'only'}('x', () => {});`, finds: true, because: 'all others would be left out' },
  { path: 'README.md', text: `${'<'.repeat(7)} HEAD`, finds: true, because: 'a merge was not finished' },
  { path: 'image.bin', text: `\0${home}`, finds: false, because: 'binary files have no words' },
];

for (const { path, text, finds, because } of cases)
  test(`${path}: ${because}`, (t) => {
    const problems = checkWords(plant(t, { [path]: `first line\n${text}\n` }));

    assert.equal(problems.length, finds ? 1 : 0, problems.join('\n'));
    if (finds) assert.ok(problems[0]?.startsWith(`${path}:2: `));
  });
