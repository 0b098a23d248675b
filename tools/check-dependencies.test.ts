import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDependencies } from './check-dependencies.ts';
import { plant } from './testing/plant.ts';

interface Tree {
  root?: object;
  member?: object;
  lock?: object;
  page?: string;
  modules?: string;
}

const row = (version = '2.9.1', licence = 'ISC'): string =>
  `| package | version | licence | why |\n| --- | --- | --- | --- |\n| \`yaml\` | ${version} | ${licence} | Reads YAML. |\n`;
const tree = ({ root = {}, member, lock, page = row(), modules }: Tree): Record<string, string> => {
  const manifest = member ?? { dependencies: { yaml: '2.9.1' } };
  const packages = lock ?? { '': {}, 'packages/cli': manifest, 'node_modules/yaml': { version: '2.9.1', license: 'ISC' } };
  return {
    'package.json': JSON.stringify(root),
    'packages/cli/package.json': JSON.stringify(manifest),
    'package-lock.json': JSON.stringify({ packages }),
    'docs/dependencies.md': page,
    ...(modules === undefined ? {} : { 'tools/kubernetes/go.mod': modules }),
  };
};

const modules = `module example.com/tools

go 1.26.0

tool example.org/cluster/cmd/server

require example.org/client v0.2.0

require (
\texample.org/cluster v1.2.3 // indirect
\texample.org/cluster-of-others v1.0.0 // indirect
)
`;
const moduleRow = (name: string, version: string): string => `| \`${name}\` | ${version} | Apache-2.0 | Is compared with. |\n`;

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
  {
    given: { modules, page: `${row()}${moduleRow('example.org/client', 'v0.2.0')}${moduleRow('example.org/cluster', 'v1.2.3')}` },
    says: [],
    because: 'Go modules have rows too: those that are asked for, and those of the programs that are built',
  },
  {
    given: { modules, page: `${row()}${moduleRow('example.org/cluster', 'v1.2.2')}` },
    says: [/go\.mod: example\.org\/client has no row/, /example\.org\/cluster is v1\.2\.3 in tools\/kubernetes\/go\.mod, not v1\.2\.2/],
    because: 'the page follows Go modules as it follows packages',
  },
];

for (const { given, says, because } of cases)
  test(because, (t) => {
    const problems = checkDependencies(plant(t, tree(given)));

    assert.equal(problems.length, says.length, problems.join('\n'));
    for (const [index, pattern] of says.entries()) assert.match(problems[index] ?? '', pattern);
  });
