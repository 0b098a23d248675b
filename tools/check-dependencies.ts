import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { listedFiles } from './listed-files.ts';

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
interface LockEntry extends Manifest {
  version?: string;
  license?: string;
  resolved?: string;
  link?: boolean;
}
interface Row {
  version: string;
  licence: string;
  reason: string;
}

const page = 'docs/dependencies.md';
const freeLicences: ReadonlySet<string> = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-3-Clause',
  'BSD-2-Clause',
  '0BSD',
  'MIT OR Apache-2.0',
]);

/** Holds the packages and Go modules that we chose against docs/dependencies.md, and the lock file against the packages. */
export function checkDependencies(root: string): string[] {
  const manifests = listedFiles(root).filter((path) =>
    /^(package\.json|(packages|sdks)\/[^/]+\/package\.json|(tools|bench)\/package\.json)$/.test(path),
  );
  const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const lock = read('package-lock.json') as { packages: Record<string, LockEntry> };
  const given = new Map<string, Manifest>(manifests.map((path) => [path, read(path) as Manifest]));
  const [rows, modules] = [rowsOf(root), goModules(root)];
  const packages = new Map([...rows].filter(([name]) => !modules.some((use) => use.name === name)));
  return [
    ...againstPage(packages, given, lock.packages),
    ...modulesAgainstPage(rows, modules),
    ...lockInStep(given, lock.packages),
    ...lockIsClean(lock.packages),
  ];
}

const wanted = ({ dependencies, devDependencies }: Manifest): [string, string][] =>
  Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) => !name.startsWith('@fairway/'));

function rowsOf(root: string): Map<string, Row> {
  const text = existsSync(join(root, page)) ? readFileSync(join(root, page), 'utf8') : '';
  const rows = text.split('\n').flatMap((line): [string, Row][] => {
    const [, name, version, licence, reason] = /^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| (.+) \|$/.exec(line) ?? [];
    if (name === undefined || version === undefined || licence === undefined || reason === undefined) return [];
    return [[name, { version, licence, reason }]];
  });
  return new Map(rows);
}

function againstPage(rows: Map<string, Row>, given: Map<string, Manifest>, lock: Record<string, LockEntry>): string[] {
  const uses = [...given].flatMap(([path, manifest]) => wanted(manifest).map(([name, version]) => ({ path, name, version })));
  const forgotten = [...rows.keys()].filter((name) => !uses.some((use) => use.name === name));
  return [
    ...uses
      .filter(({ version }) => !/^\d+\.\d+\.\d+$/.test(version))
      .map((use) => `${use.path}: ${use.name} has the range ${use.version}; write one version`),
    ...uses.flatMap(({ path, name, version }) => {
      const row = rows.get(name);
      if (row === undefined) return [`${path}: ${name} has no row in ${page}`];
      if (row.version !== version) return [`${page}: ${name} is ${version} in ${path}, not ${row.version}`];
      const licence = lock[`node_modules/${name}`]?.license;
      return row.licence === licence ? [] : [`${page}: the licence of ${name} is ${licence}, not ${row.licence}`];
    }),
    ...forgotten.map((name) => `${page}: nothing depends on ${name}`),
  ];
}

interface ModuleUse {
  path: string;
  name: string;
  version: string;
}

/** The Go modules of our own tools: what a `go.mod` requires itself, and the modules of the programs that it builds. */
function goModules(root: string): ModuleUse[] {
  return listedFiles(root)
    .filter((path) => /^tools\/(.+\/)?go\.mod$/.test(path))
    .flatMap((path) => {
      const lines = readFileSync(join(root, path), 'utf8').split('\n');
      const programs = lines.flatMap((line) => /^(?:tool )?\t?(\S+)$/.exec(line)?.[1] ?? []);
      const required = lines.flatMap((line) => {
        const [, name = '', version = '', indirect] = /^(?:require )?\t?(\S+\.\S+) (v\S+)( \/\/ indirect)?$/.exec(line) ?? [];
        return name === '' ? [] : [{ path, name, version, isIndirect: indirect !== undefined }];
      });
      const isBuilt = (name: string): boolean => programs.some((program) => program === name || program.startsWith(`${name}/`));
      return required.filter(({ name, isIndirect }) => !isIndirect || isBuilt(name));
    });
}

const modulesAgainstPage = (rows: Map<string, Row>, modules: readonly ModuleUse[]): string[] =>
  modules.flatMap(({ path, name, version }) => {
    const row = rows.get(name);
    if (row === undefined) return [`${path}: ${name} has no row in ${page}`];
    return row.version === version ? [] : [`${page}: ${name} is ${version} in ${path}, not ${row.version}`];
  });

function lockInStep(given: Map<string, Manifest>, lock: Record<string, LockEntry>): string[] {
  return [...given].flatMap(([path, manifest]) => {
    const entry = lock[path === 'package.json' ? '' : dirname(path)];
    const isSame = (field: keyof Manifest): boolean => isDeepStrictEqual(entry?.[field] ?? {}, manifest[field] ?? {});
    return isSame('dependencies') && isSame('devDependencies')
      ? []
      : [`package-lock.json is behind ${path}: run npm install --package-lock-only`];
  });
}

function lockIsClean(lock: Record<string, LockEntry>): string[] {
  return Object.entries(lock).flatMap(([place, { resolved, link, license }]) => {
    if (!place.startsWith('node_modules/') || link) return [];
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (resolved !== undefined) return [`package-lock.json: ${name} carries a download address; .npmrc leaves them out`];
    return license !== undefined && freeLicences.has(license) ? [] : [`package-lock.json: ${name} has the licence ${license}`];
  });
}
