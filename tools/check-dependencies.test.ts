import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDependencies } from './check-dependencies.ts';
import { plant } from './testing/plant.ts';

interface Tree {
  root?: object;
  member?: object;
  lock?: object;
  page?: string;
}

const row = (version = '2.9.1', licence = 'ISC'): string =>
  `| package | version | licence | why |\n| --- | --- | --- | --- |\n| \`yaml\` | ${version} | ${licence} | Reads YAML. |\n`;
const tree = ({ root = {}, member, lock, page = row() }: Tree): Record<string, string> => {
  const manifest = member ?? { dependencies: { yaml: '2.9.1' } };
  const packages = lock ?? { '': {}, 'packages/cli': manifest, 'node_modules/yaml': { version: '2.9.1', license: 'ISC' } };
  return {
    'package.json': JSON.stringify(root),
    'packages/cli/package.json': JSON.stringify(manifest),
    'package-lock.json': JSON.stringify({ packages }),
    'docs/dependencies.md': page,
  };
};

const cases: readonly { given: Tree; says: RegExp[]; because: string }[] = [
  { given: {}, says: [], because: 'page, packages and lock file agree' },
  { given: { page: '' }, says: [/yaml has no row in docs\/dependencies\.md/], because: 'every package has a reason' },
  {
    given: { page: row('2.9.0') },
    says: [/yaml is 2\.9\.1 in packages\/cli\/package\.json, not 2\.9\.0/],
    because: 'the page follows an update',
  },
  { given: { page: row('2.9.1', 'MIT') }, says: [/the licence of yaml is ISC, not MIT/], because: 'a licence is not guessed' },
  {
    given: { page: `${row()}| \`left-pad\` | 1.3.0 | MIT | Pads. |\n` },
    says: [/nothing depends on left-pad/],
    because: 'the page forgets what is gone',
  },
  {
    given: { member: { dependencies: { yaml: '^2.9.1' } } },
    says: [/yaml has the range \^2\.9\.1/, /not 2\.9\.1/],
    because: 'what runs is what was tested',
  },
  {
    given: { lock: { '': {}, 'packages/cli': {}, 'node_modules/yaml': { version: '2.9.1', license: 'ISC' } } },
    says: [/package-lock\.json is behind packages\/cli\/package\.json/],
    because: 'npm ci would refuse it',
  },
  {
    given: {
      lock: {
        '': {},
        'packages/cli': { dependencies: { yaml: '2.9.1' } },
        'node_modules/yaml': { version: '2.9.1', license: 'ISC', resolved: 'https://packages.example.com/yaml.tgz' },
      },
    },
    says: [/yaml carries a download address/],
    because: 'a lock file names no machine',
  },
  {
    given: {
      lock: {
        '': {},
        'packages/cli': { dependencies: { yaml: '2.9.1' } },
        'node_modules/yaml': { version: '2.9.1', license: 'ISC' },
        'node_modules/yaml/node_modules/closed': { version: '1.0.0', license: 'SEE LICENSE IN EULA' },
      },
    },
    says: [/closed has the licence SEE LICENSE IN EULA/],
    because: 'what comes along is looked at too',
  },
];

for (const { given, says, because } of cases)
  test(because, (t) => {
    const problems = checkDependencies(plant(t, tree(given)));

    assert.equal(problems.length, says.length, problems.join('\n'));
    for (const [index, pattern] of says.entries()) assert.match(problems[index] ?? '', pattern);
  });
