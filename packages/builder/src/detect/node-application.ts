import { BuildFailure } from '../build-failure.ts';
import type { SourceTree } from '../source-tree.ts';
import { commandOf } from './command-line.ts';
import type { LanguagePlan, PlannedCommand } from './plan.ts';

interface PackageFile {
  main?: unknown;
  packageManager?: unknown;
  scripts: Readonly<Record<string, unknown>>;
  dependencies: Readonly<Record<string, unknown>>;
  devDependencies: Readonly<Record<string, unknown>>;
  hasOptional: boolean;
}

/** Servers for the time of development: they build in memory and reload; what they show is a web site. */
const developmentServer =
  /^(npx )?(react-scripts start|vite|ng serve|vue-cli-service serve|webpack(-dev-server)?( serve)?|parcel|gatsby develop|astro dev)\b/;
export const siteFolders: readonly string[] = ['dist', 'build', 'out', 'public', '_site'];
const entryFiles = ['server.js', 'server.mjs', 'index.js', 'index.mjs', 'app.js', 'app.mjs', 'main.js', 'main.mjs'];

/** A Node application, when there is a package.json, or a server file without one. */
export function planNode(source: SourceTree): LanguagePlan | undefined {
  if (!source.has('package.json')) return planBareNode(source);
  const pack = readPackage(source);
  const manager = packageManager(source, pack);
  const hasBuild = isScript(pack.scripts.build);
  const run = startCommand({ source, pack, hasBuild });
  const hasDevelopment = Object.keys(pack.devDependencies).length > 0;
  const hasDependencies = hasDevelopment || pack.hasOptional || Object.keys(pack.dependencies).length > 0;
  const commands: PlannedCommand[] = [];
  if (hasDependencies) commands.push(...manager.install.map((args) => ({ ...manager.program, phase: 'install' as const, args })));
  if (hasBuild)
    commands.push({
      ...manager.program,
      phase: 'build',
      args: manager.run('build'),
      env: { ...manager.program.env, NODE_ENV: 'production' },
    });
  const isSite = run === undefined && hasBuild;
  if (hasDevelopment && !isSite) commands.push(...manager.prune.map((args) => ({ ...manager.program, phase: 'build' as const, args })));
  const common = { commands, programs: ['node_modules/.bin'], toolchain: ['node', '--version'] as const, notes: manager.notes };
  if (isSite)
    return {
      ...common,
      language: 'node',
      run: ['node', '.fairway/static-server.mjs'],
      env: {},
      contents: { kind: 'site', candidates: siteFolders },
    };
  return {
    ...common,
    language: 'node',
    ...(run === undefined
      ? { missingRun: 'package.json has neither a "start" script nor a "main" file, and there is no server.js or index.js' }
      : { run }),
    env: { NODE_ENV: 'production' },
    ...(hasDependencies ? { dependencies: 'node_modules' } : {}),
    contents: { kind: 'folder' },
  };
}

function planBareNode(source: SourceTree): LanguagePlan | undefined {
  const entry = entryFiles.find((file) => /^(server|index)\./.test(file) && source.has(file));
  // An index.js beside an index.html is a script of that page.
  if (entry === undefined || source.has('index.html')) return undefined;
  return {
    language: 'node',
    commands: [],
    run: ['node', entry],
    env: { NODE_ENV: 'production' },
    contents: { kind: 'folder' },
    programs: [],
    toolchain: ['node', '--version'],
    notes: [],
  };
}

function readPackage(source: SourceTree): PackageFile {
  let value: unknown;
  try {
    value = JSON.parse((source.read('package.json') ?? '').replace(/^\ufeff/, ''));
  } catch (cause) {
    const line = `package.json: ${(cause as Error).message}`;
    throw new BuildFailure('detect', 'package.json is not JSON: correct it and push again', { line, cause });
  }
  const fields = (value ?? {}) as Record<string, unknown>;
  const table = (name: string) =>
    typeof fields[name] === 'object' && fields[name] !== null ? (fields[name] as Record<string, unknown>) : {};
  return {
    main: fields.main,
    packageManager: fields.packageManager,
    scripts: table('scripts'),
    dependencies: table('dependencies'),
    devDependencies: table('devDependencies'),
    hasOptional: Object.keys(table('optionalDependencies')).length > 0 || fields.workspaces !== undefined,
  };
}

const isScript = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

interface StartQuestion {
  source: SourceTree;
  pack: PackageFile;
  hasBuild: boolean;
}

/** How it starts; undefined for a web site or for something that does not start. */
function startCommand({ source, pack, hasBuild }: StartQuestion): readonly string[] | undefined {
  const start = pack.scripts.start;
  if (isScript(start) && !(hasBuild && developmentServer.test(start.trim()))) {
    // Without the package manager in between, the application gets SIGTERM itself and 40 MB are saved.
    const direct = commandOf(start, []);
    const hasHooks = isScript(pack.scripts.prestart) || isScript(pack.scripts.poststart);
    // npm comes with Node; whichever tool installed the packages need not be where the application runs.
    return direct[0] === 'node' && !hasHooks ? direct : ['npm', 'run', '--silent', 'start'];
  }
  if (isScript(start)) return undefined;
  const main = typeof pack.main === 'string' ? pack.main.replace(/^\.\//, '') : undefined;
  if (
    main !== undefined &&
    !main.split('/').includes('..') &&
    (source.has(main) || (hasBuild && siteFolders.some((folder) => main.startsWith(`${folder}/`))))
  ) {
    return ['node', main];
  }
  const entry = entryFiles.find((file) => source.has(file));
  return entry === undefined || source.has('index.html') ? undefined : ['node', entry];
}

interface PackageManager {
  program: Pick<PlannedCommand, 'file' | 'package' | 'env'>;
  install: readonly (readonly string[])[];
  prune: readonly (readonly string[])[];
  run: (script: string) => readonly string[];
  notes: readonly string[];
}

/** The package manager whose lock file is there. */
function packageManager(source: SourceTree, pack: PackageFile): PackageManager {
  const named = typeof pack.packageManager === 'string' ? pack.packageManager.split('@')[0] : undefined;
  if (source.has('pnpm-lock.yaml') || named === 'pnpm') {
    const frozen = source.has('pnpm-lock.yaml') ? ['--frozen-lockfile'] : [];
    return {
      program: { file: 'pnpm', package: `pnpm@${version(pack, 'pnpm', '9')}` },
      install: [['install', ...frozen]],
      prune: [['prune', '--prod']],
      run: (script) => ['run', script],
      notes: [],
    };
  }
  if (source.has('yarn.lock') || named === 'yarn') {
    const isModern = source.has('.yarnrc.yml') || /^yarn@[^1]/.test(String(pack.packageManager ?? ''));
    const frozen = source.has('yarn.lock') ? [isModern ? '--immutable' : '--frozen-lockfile'] : [];
    const prune = isModern ? [] : [['install', ...frozen, '--production', '--ignore-scripts', '--prefer-offline']];
    return { program: yarnProgram(pack, isModern), install: [['install', ...frozen]], prune, run: (script) => ['run', script], notes: [] };
  }
  return npm(source, pack);
}

/** The version that package.json asks for, when it is a plain one. */
function version(pack: PackageFile, name: string, otherwise: string): string {
  const asked = typeof pack.packageManager === 'string' ? /^(\w+)@(\d+(?:\.\d+){0,2})(?:[+].*)?$/.exec(pack.packageManager) : null;
  return asked?.[1] === name ? (asked[2] ?? otherwise) : otherwise;
}

function yarnProgram(pack: PackageFile, isModern: boolean): PackageManager['program'] {
  if (!isModern) return { file: 'yarn', package: `yarn@${version(pack, 'yarn', '1')}` };
  // Newer yarns keep packages in archives unless told otherwise; Node alone cannot start from those.
  return {
    file: 'yarn',
    package: `@yarnpkg/cli-dist@${version(pack, 'yarn', '4')}`,
    env: { YARN_NODE_LINKER: 'node-modules', YARN_ENABLE_TELEMETRY: '0' },
  };
}

function npm(source: SourceTree, pack: PackageFile): PackageManager {
  const isLocked = source.has('package-lock.json') || source.has('npm-shrinkwrap.json');
  const hasDependencies = Object.keys({ ...pack.dependencies, ...pack.devDependencies }).length > 0;
  return {
    program: { file: 'npm' },
    install: [[isLocked ? 'ci' : 'install', '--no-audit', '--no-fund', ...(isLocked ? [] : ['--no-package-lock'])]],
    prune: [['prune', '--omit=dev', '--no-audit', '--no-fund', ...(isLocked ? [] : ['--no-package-lock'])]],
    run: (script) => ['run', '--silent', script],
    notes: isLocked || !hasDependencies ? [] : [unlocked],
  };
}

const unlocked =
  'There is no package-lock.json: the versions of the dependencies may differ from one build to the next. Commit the lock file.';
