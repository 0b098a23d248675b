import type { SourceTree } from '../source-tree.ts';
import type { LanguagePlan, PlannedCommand } from './plan.ts';

const packages = '.python-packages';
const entryFiles = ['app.py', 'main.py', 'server.py', 'wsgi.py', 'asgi.py', 'application.py', 'worker.py', 'run.py'];
// A shell is needed for the values of HOST and PORT alone; it is replaced at once.
const shell = (line: string): readonly string[] => ['/bin/sh', '-c', `exec ${line}`];
// biome-ignore lint/suspicious/noTemplateCurlyInString: the shell replaces it
const hostPort = '"${HOST:-0.0.0.0}:${PORT:-8080}"';
// biome-ignore lint/suspicious/noTemplateCurlyInString: the shell replaces it
const hostAndPort = '--host "${HOST:-0.0.0.0}" --port "${PORT:-8080}"';

/** A Python application, when there is a list of requirements, a pyproject.toml, or a file that is started by custom. */
export function planPython(source: SourceTree): LanguagePlan | undefined {
  const entry = entryFiles.find((file) => source.has(file));
  const requirements = source.read('requirements.txt');
  const project = source.read('pyproject.toml');
  if (entry === undefined && requirements === undefined && project === undefined && !source.has('manage.py')) return undefined;
  const required = requirements === undefined ? projectDependencies(project ?? '') : requirementLines(requirements);
  const install = installCommand({ hasRequirements: requirements !== undefined, required, project });
  const names = new Set([...required.map(packageName), ...(/^\[tool\.poetry/m.test(project ?? '') ? poetryNames(project ?? '') : [])]);
  const start = findStart(source, names);
  return {
    language: 'python',
    commands: install === undefined ? [] : [install],
    ...(start.run === undefined ? { missingRun: `there is none of ${entryFiles.slice(0, 4).join(', ')}` } : { run: start.run }),
    env: { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1', ...(install === undefined ? {} : { PYTHONPATH: `/app/${packages}` }) },
    ...(install === undefined ? {} : { dependencies: packages }),
    contents: { kind: 'folder' },
    programs: install === undefined ? [] : [`${packages}/bin`],
    toolchain: ['python3', '--version'],
    notes: start.notes,
  };
}

function installCommand(found: {
  hasRequirements: boolean;
  required: readonly string[];
  project: string | undefined;
}): PlannedCommand | undefined {
  const pip = ['-m', 'pip', 'install', '--no-compile', '--quiet', '--target', packages];
  if (found.hasRequirements)
    return found.required.length === 0 ? undefined : { phase: 'install', file: 'python3', args: [...pip, '-r', 'requirements.txt'] };
  if (found.project === undefined) return undefined;
  if (found.required.length > 0) return { phase: 'install', file: 'python3', args: [...pip, '--', ...found.required] };
  // Another tool's way of naming dependencies: its own build backend knows them.
  return /^\[tool\.(poetry|pdm|hatch)/m.test(found.project) ? { phase: 'install', file: 'python3', args: [...pip, '.'] } : undefined;
}

function requirementLines(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  return lines.filter((line) => line !== '');
}

const packageName = (requirement: string): string => (/^[A-Za-z0-9._-]+/.exec(requirement)?.[0] ?? '').toLowerCase().replace(/[._]+/g, '-');

/** The texts of `dependencies = [ … ]` below `[project]`. */
function projectDependencies(toml: string): string[] {
  const section = /^\[project\]\s*$([\s\S]*?)(?=^\[[^\]"']+\]\s*$|(?![\s\S]))/m.exec(toml)?.[1] ?? '';
  const start = /^dependencies\s*=\s*\[/m.exec(section);
  if (start === null) return [];
  const found: string[] = [];
  const token = /\s*(?:#[^\n]*|,|"([^"\n]*)"|'([^'\n]*)'|(\]))/y;
  token.lastIndex = start.index + start[0].length;
  for (let match = token.exec(section); match !== null && match[3] === undefined; match = token.exec(section)) {
    const text = match[1] ?? match[2];
    // An entry that begins with a dash would be read by pip as an option.
    if (text !== undefined && !text.startsWith('-')) found.push(text);
  }
  return found;
}

const poetryNames = (toml: string): string[] =>
  [...toml.matchAll(/^([A-Za-z0-9._-]+)\s*=\s*["{^~]/gm)].map((match) => packageName(match[1] ?? ''));

interface Start {
  run: readonly string[] | undefined;
  notes: readonly string[];
}

function findStart(source: SourceTree, names: ReadonlySet<string>): Start {
  return findDjango(source, names) ?? findFramework(source, names) ?? findScript(source);
}

function findDjango(source: SourceTree, names: ReadonlySet<string>): Start | undefined {
  if (!source.has('manage.py')) return undefined;
  const site = source.list().find((folder) => /^\w+$/.test(folder) && source.has(`${folder}/wsgi.py`));
  if (site !== undefined && names.has('gunicorn'))
    return { run: shell(`python3 -m gunicorn --bind ${hostPort} ${site}.wsgi:application`), notes: [] };
  return {
    run: shell(`python3 manage.py runserver --noreload ${hostPort}`),
    notes: ["Django runs by its development server: add gunicorn to the requirements for production's load."],
  };
}

function findFramework(source: SourceTree, names: ReadonlySet<string>): Start | undefined {
  for (const file of entryFiles) {
    const text = source.read(file) ?? '';
    const module = file.replace(/\.py$/, '');
    const asgi = /^(\w+)\s*(?::[^=\n]+)?=\s*(?:fastapi\.)?(?:FastAPI|Starlette)\(/m.exec(text)?.[1];
    if (asgi !== undefined) return startAsgi({ module, variable: asgi, names, file });
    const flask =
      /^(\w+)\s*(?::[^=\n]+)?=\s*(?:flask\.)?Flask\(/m.exec(text)?.[1] ??
      (/^def create_app\(/m.test(text) && /\bFlask\(/.test(text) ? 'create_app()' : undefined);
    if (flask === undefined) continue;
    if (names.has('gunicorn')) return { run: shell(`python3 -m gunicorn --bind ${hostPort} '${module}:${flask}'`), notes: [] };
    return { run: shell(`python3 -m flask --app ${module} run ${hostAndPort}`), notes: [] };
  }
  return undefined;
}

function startAsgi({
  module,
  variable,
  names,
  file,
}: {
  module: string;
  variable: string;
  names: ReadonlySet<string>;
  file: string;
}): Start {
  if (names.has('uvicorn') || names.has('fastapi'))
    return { run: shell(`python3 -m uvicorn ${module}:${variable} ${hostAndPort}`), notes: [] };
  return { run: ['python3', file], notes: ['uvicorn is not among the requirements: add it, or start a server in the file itself.'] };
}

function findScript(source: SourceTree): Start {
  const entry = entryFiles.find((file) => source.has(file));
  if (entry !== undefined) return { run: ['python3', entry], notes: [] };
  const inner = source.list().find((folder) => /^\w+$/.test(folder) && source.has(`${folder}/__main__.py`));
  return { run: inner === undefined ? undefined : ['python3', '-m', inner], notes: [] };
}
