import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { listedFiles } from './listed-files.ts';
import { type Import, readImports } from './read-imports.ts';
import { type Grant, roomTable } from './room-table.ts';

interface Room {
  /** The row of the table that holds for it. */
  row: string;
  /** Its own name; for a row with `*` the name of the one folder. */
  name: string;
  grant: Grant;
}

interface Visit {
  root: string;
  file: string;
  here: Room;
}

const isSource = (path: string): boolean => /^(packages|sdks|tools|bench|tests)\/.*\.tsx?$/.test(path) && !path.includes('/generated/');
const inTesting = (path: string): boolean => /(^|\/)testing\//.test(path) || path.startsWith('tests/');
const isTest = (path: string): boolean => path.endsWith('.test.ts') || inTesting(path);

/** Says of every import that breaks the table of rooms, or goes round a room's door, what it breaks. */
export function checkRooms(root: string): string[] {
  const files = listedFiles(root).filter(isSource);
  if (files.length === 0) return ['no file was read: the check itself is broken'];
  return files.flatMap((file) => {
    const here = roomOf(file);
    if (here === undefined) return [`${file}: no row of tools/room-table.ts holds for it`];
    return readImports(readFileSync(join(root, file), 'utf8')).flatMap((found) => {
      const problem = judge({ root, file, here }, found);
      return problem === undefined ? [] : [`${file}:${found.line}: ${problem}`];
    });
  });
}

/** The room of a file: the longest name in the table that fits. */
export function roomOf(file: string): Room | undefined {
  const parts = file
    .replace(/^packages\//, '')
    .replace(/^([^/]+|sdks\/[^/]+)\/src\//, '$1/')
    .split('/');
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const name = parts.slice(0, length).join('/');
    const row = [name, name.replace(/[^/]+$/, '*')].find((key) => (key.includes('/') || key === name ? key in roomTable : false));
    const grant = row === undefined ? undefined : roomTable[row];
    if (row !== undefined && grant !== undefined) return { row, name, grant };
  }
  return undefined;
}

function judge(visit: Visit, { target }: Import): string | undefined {
  const { here, file } = visit;
  if (target === undefined) return here.grant.computed ? undefined : `${here.name} may not import a path that is put together at run time`;
  if (target.startsWith('node:')) return undefined;
  if (!/^(\.|#|@fairway\/)/.test(target)) return judgePackage(here, target);
  const path = pathOf(visit, target);
  if (path === undefined) return `nothing is exported as ${target}`;
  // Generated files belong to the package beside whose sources they lie.
  if (path.includes('/generated/')) return packageOf(path) === packageOf(file) ? undefined : `${target} belongs to another package`;
  const there = roomOf(path);
  if (there === undefined) return `${target} lies in no room`;
  if (inTesting(path) && !isTest(file)) return `${target} is for tests only`;
  if (there.name === here.name) return undefined;
  if (!isGranted(visit, there)) return `${here.name} may not import ${there.name}`;
  return judgeDoor(visit, { target, path, there });
}

function judgePackage(here: Room, target: string): string | undefined {
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
  return here.grant.npm?.includes(name) ? undefined : `${here.name} may not import the package ${name}`;
}

function isGranted({ here, file }: Visit, there: Room): boolean {
  const names = [...here.grant.rooms, ...(isTest(file) ? (here.grant.tests ?? []) : [])];
  const isOwnTesting = isTest(file) && there.name.endsWith('testing') && packageOf(there.name) === packageOf(here.name);
  return isOwnTesting || names.some((name) => name === '*' || fits(name, there));
}

const fits = (name: string, room: Room): boolean =>
  name === room.name || name === room.row || (name.endsWith('/*') && dirname(room.name) === name.slice(0, -2));

/** A room is entered by its door: `#…` inside the control plane, the package's exports from outside, `index.ts` between rooms of one package. */
function judgeDoor({ here, file }: Visit, { target, path, there }: { target: string; path: string; there: Room }): string | undefined {
  if (!target.startsWith('.')) return undefined;
  if (here.row === 'tools' && path.startsWith('packages/')) return undefined;
  // What lies beside the product exports nothing.
  if (path.startsWith('tools/') && there.grant.open) return undefined;
  if (packageOf(path) !== packageOf(file)) return `'${target}' climbs out of its package; import what the other exports`;
  if (there.name.startsWith('control-plane/'))
    return `'${target}' climbs out of ${here.name}; write '#${there.name.slice('control-plane/'.length)}'`;
  const isDoor = path.endsWith('/index.ts') && roomOf(path)?.name === there.name;
  return isDoor || there.grant.open || isTest(file) ? undefined : `'${target}' goes round the door of ${there.name}; import its index.ts`;
}

/** The file that an import means, below the root. */
function pathOf({ root, file }: Visit, target: string): string | undefined {
  if (target.startsWith('.')) return posix.join(posix.dirname(file), target);
  if (target.startsWith('#')) return mapped(root, packageOf(file), { field: 'imports', entry: target });
  const [, name = '', rest = ''] = /^@fairway\/([^/]+)(.*)$/.exec(target) ?? [];
  return mapped(root, name === 'sdk' ? 'sdks/typescript' : `packages/${name}`, { field: 'exports', entry: `.${rest}` });
}

function mapped(root: string, folder: string, { field, entry }: { field: 'imports' | 'exports'; entry: string }): string | undefined {
  const manifest = join(root, folder, 'package.json');
  if (!existsSync(manifest)) return undefined;
  const map: Record<string, string> = JSON.parse(readFileSync(manifest, 'utf8'))[field] ?? {};
  for (const [key, value] of Object.entries(map)) {
    const [before = '', after] = key.split('*');
    if (after === undefined ? key === entry : entry.startsWith(before) && entry.length > before.length)
      return posix.join(folder, value.replace('*', entry.slice(before.length)));
  }
  return undefined;
}

/** The folder of the package that a file, or the room of a name, belongs to. */
function packageOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  if (first === 'packages') return `packages/${second}`;
  if (first === 'sdks') return 'sdks/typescript';
  return existsAtTop.has(first) ? first : `packages/${first}`;
}
const existsAtTop: ReadonlySet<string> = new Set(['tools', 'bench', 'tests']);
