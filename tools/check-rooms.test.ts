import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRooms, roomOf } from './check-rooms.ts';
import { listedFiles } from './listed-files.ts';
import { roomTable } from './room-table.ts';
import { plant } from './testing/plant.ts';

const manifest = (fields: object): string => JSON.stringify(fields);
const manifests = {
  'packages/contracts/package.json': manifest({ exports: { '.': './src/index.ts' } }),
  'packages/resources/package.json': manifest({ exports: { './model': './src/model/index.ts', './store': './src/store/index.ts' } }),
  'packages/kubernetes/package.json': manifest({ exports: { './server': './src/server/index.ts' } }),
  'packages/control-plane/package.json': manifest({
    imports: {
      '#http': './src/http/index.ts',
      '#testing': './src/testing/index.ts',
      '#domains/*': './src/domains/*/index.ts',
      '#surfaces/*': './src/surfaces/*/index.ts',
      '#drivers/*': './src/drivers/*/index.ts',
    },
  }),
  'packages/supervisor/package.json': manifest({ exports: { '.': './src/index.ts' } }),
  'sdks/typescript/package.json': manifest({ exports: { '.': './src/index.ts' } }),
};
const domain = 'packages/control-plane/src/domains/delivery/promote.ts';
const surface = 'packages/control-plane/src/surfaces/openchoreo/routes.ts';

const refused: readonly { file: string; source: string; says: RegExp; because: string }[] = [
  {
    file: domain,
    source: "import { createHttp } from '#http';",
    says: /promote\.ts:1: control-plane\/domains\/delivery may not import control-plane\/http/,
    because: 'a domain knows nothing of HTTP',
  },
  {
    file: domain,
    source: "import { x } from '#domains/catalog';",
    says: /may not import control-plane\/domains\/catalog/,
    because: 'domains meet through resources',
  },
  {
    file: domain,
    source: "import { x } from '#drivers/git';",
    says: /may not import control-plane\/drivers\/git/,
    because: 'a domain declares a port',
  },
  {
    file: domain,
    source: "import { x } from '@fairway/kubernetes/server';",
    says: /may not import kubernetes\/server/,
    because: 'a domain knows no protocol',
  },
  {
    file: domain,
    source: "import { parse } from 'yaml';",
    says: /may not import the package yaml/,
    because: 'packages are granted one by one',
  },
  {
    file: domain,
    source: "import { x } from '../../testing/index.ts';",
    says: /\.\.\/\.\.\/testing\/index\.ts is for tests only/,
    because: 'production code has no fakes',
  },
  {
    file: domain,
    source: "import { x } from '#testing';",
    says: /#testing is for tests only/,
    because: 'the door to the fakes is for tests too',
  },
  {
    file: surface,
    source: "import { x } from '../../domains/delivery/promote.ts';",
    says: /climbs out of control-plane\/surfaces\/openchoreo; write '#domains\/delivery'/,
    because: 'a granted room is entered by its door',
  },
  {
    file: surface,
    source: "import { x } from '@fairway/resources/store';",
    says: /may not import resources\/store/,
    because: 'a surface never stores',
  },
  {
    file: surface,
    source: "import { x } from '#surfaces/git';",
    says: /may not import control-plane\/surfaces\/git/,
    because: 'views know no other view',
  },
  {
    file: surface,
    source: "import { x } from '@fairway/kubernetes/server';",
    says: /may not import kubernetes\/server/,
    because: 'only the surface of that name mounts the server',
  },
  {
    file: 'packages/control-plane/src/drivers/git/git-host.ts',
    source: "import { x } from '#drivers/blobs';",
    says: /may not import control-plane\/drivers\/blobs/,
    because: 'a driver knows no other driver',
  },
  {
    file: 'packages/resources/src/store/open.ts',
    source: "import { x } from '../model/ref.ts';",
    says: /goes round the door of resources\/model/,
    because: 'rooms of one package have doors too',
  },
  {
    file: 'packages/resources/src/model/ref.ts',
    source: "import { x } from '../store/index.ts';",
    says: /resources\/model may not import resources\/store/,
    because: 'the model is innermost',
  },
  {
    file: 'packages/contracts/src/index.ts',
    source: "export { x } from '@fairway/resources/model';",
    says: /contracts may not import resources\/model/,
    because: 'a re-export is an import',
  },
  {
    file: 'packages/cli/src/main.ts',
    source: "const x = await import('@fairway/resources/model');",
    says: /cli may not import resources\/model/,
    because: 'importing late is importing',
  },
  {
    file: 'packages/cli/src/main.ts',
    source: 'const x = await import(name);',
    says: /a path that is put together at run time/,
    because: 'nobody could check it',
  },
  {
    file: 'packages/cli/src/main.ts',
    source: "import type { X } from '../../supervisor/src/supervise.ts';",
    says: /climbs out of its package/,
    because: 'packages are entered by their exports',
  },
  {
    file: 'packages/cli/src/main.ts',
    source: "import { x } from '@fairway/supervisor/deep';",
    says: /nothing is exported as @fairway\/supervisor\/deep/,
    because: 'a package decides what it shows',
  },
  {
    file: 'packages/cli/src/main.ts',
    source: "import 'reflect-metadata';",
    says: /may not import the package reflect-metadata/,
    because: 'effects count',
  },
  {
    file: 'packages/cli/src/main.ts',
    source: "import {\n  one,\n  two,\n} from '@fairway/resources/model';",
    says: /main\.ts:1: cli may not/,
    because: 'long lists are broken over lines',
  },
  {
    file: 'packages/control-plane/src/extras/thing.ts',
    source: '',
    says: /no row of tools\/room-table\.ts holds/,
    because: 'a new room is a decision',
  },
];

for (const { file, source, says, because } of refused)
  test(`refused: ${because}`, (t) => {
    const problems = checkRooms(plant(t, { ...manifests, [file]: source }));

    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', says);
  });

const allowed: readonly { file: string; source: string; because: string }[] = [
  { file: domain, source: "import type { Resource } from '@fairway/resources/model';", because: 'the model is for everybody' },
  { file: domain, source: "import { y } from './rules/y.ts';", because: 'inside a room all is open' },
  { file: domain.replace('.ts', '.test.ts'), source: "import { fake } from '#testing';", because: 'tests have fakes' },
  { file: surface, source: "import { promote } from '#domains/delivery';", because: 'a surface calls domains' },
  {
    file: 'packages/control-plane/src/surfaces/kubernetes/mount.ts',
    source: "import { x } from '@fairway/kubernetes/server';",
    because: 'this surface mounts the server',
  },
  { file: 'packages/control-plane/src/app/wire.ts', source: "import { x } from '#drivers/git';", because: 'the app joins everything' },
  { file: 'packages/cli/src/main.ts', source: "import { readFile } from 'node:fs/promises';", because: 'Node is always there' },
  {
    file: 'packages/cli/src/main.ts',
    source: "const text = 'import x from \"left-pad\"'; // import('left-pad'",
    because: 'a text is no import',
  },
];

for (const { file, source, because } of allowed)
  test(`allowed: ${because}`, (t) => {
    assert.deepEqual(checkRooms(plant(t, { ...manifests, [file]: source })), []);
  });

test('a check that reads nothing fails', (t) => {
  assert.match(checkRooms(plant(t, { 'README.md': '' })).join(), /no file was read/);
});

test('every row of the table holds for a file of the repository, and grants only rooms that there are', () => {
  const rooms = listedFiles(new URL('..', import.meta.url).pathname).flatMap((file) => roomOf(file) ?? []);
  const rows = new Set(rooms.map(({ row }) => row));
  const known = (grant: string): boolean =>
    grant === '*' ||
    rows.has(grant) ||
    rooms.some(({ name }) => name === grant) ||
    [...rows].some((row) => row.startsWith(grant.slice(0, -1)));

  assert.deepEqual(
    [...Object.keys(roomTable)].filter((row) => !rows.has(row)),
    [],
  );
  assert.deepEqual(
    Object.values(roomTable)
      .flatMap(({ rooms: granted, tests = [] }) => [...granted, ...tests])
      .filter((grant) => !known(grant)),
    [],
  );
});
