import { BuildFailure } from '../build-failure.ts';
import type { SourceTree } from '../source-tree.ts';
import { commandOf } from './command-line.ts';
import type { FairwayFile } from './fairway-file.ts';
import { planGo } from './go-application.ts';
import { planNode } from './node-application.ts';
import { type BuildPlan, defaultPort, type LanguagePlan, type Shape } from './plan.ts';
import { parseProcfile } from './procfile.ts';
import { planPython } from './python-application.ts';
import { planStatic } from './static-site.ts';
import { readWorkloadFile } from './workload-file.ts';

/** To add a language: a planner beside these, put at its place in this order. Static files come last, because every web application has some. */
const planners: readonly ((source: SourceTree) => LanguagePlan | undefined)[] = [planGo, planNode, planPython, planStatic];

/** Finds out how an application is built, started and reached. Reads only; the same tree and settings always give the same plan. */
export function detectApplication(source: SourceTree, settings: FairwayFile): BuildPlan {
  const processes = parseProcfile(source.read('Procfile') ?? '');
  const asked = askedCommand(settings, processes);
  const language = planLanguage(source, asked !== undefined);
  const workload = readWorkloadFile(source);
  const run = asked === undefined ? language.run : commandOf(asked.line, language.programs);
  if (run === undefined) {
    throw new BuildFailure(
      'detect',
      `This is a ${language.language} application, but how it starts is not known: ${language.missingRun}. Add a Procfile with the line "web: command"`,
    );
  }
  const shape = shapeOf({ settings, process: asked?.process, isService: workload !== undefined });
  if (shape === 'task' && settings.schedule === undefined) {
    throw new BuildFailure('detect', 'A task needs a schedule: add a line such as schedule: "*/5 * * * *" to fairway.yaml');
  }
  const { run: _run, missingRun: _missing, ...rest } = language;
  const listens = shape === 'web' || shape === 'service';
  const port = settings.port ?? Object.values(workload?.endpoints ?? {})[0]?.port ?? defaultPort;
  return {
    ...withBuild(rest, settings.build),
    ...(asked !== undefined && rest.contents.kind === 'site' ? { contents: { kind: 'folder' } } : {}),
    shape,
    run,
    ...(shape === 'task' && settings.schedule !== undefined ? { schedule: settings.schedule } : {}),
    ...(listens ? { port } : {}),
    isPortFixed: listens && settings.port !== undefined,
    ...(workload === undefined ? {} : { workload }),
    notes: [...rest.notes, ...dockerNotes(source)],
  };
}

/** The start command that the author wrote down, and the name of its process. */
function askedCommand(
  settings: FairwayFile,
  processes: ReadonlyMap<string, string>,
): { line: string; process: string | undefined } | undefined {
  if (settings.command !== undefined) return { line: settings.command, process: undefined };
  const web = processes.get('web');
  if (web !== undefined) return { line: web, process: 'web' };
  const [first, ...others] = [...processes].filter(([name]) => name !== 'release');
  if (first === undefined) return undefined;
  if (others.length === 0) return { line: first[1], process: first[0] };
  const names = [first, ...others].map(([name]) => name).join(', ');
  throw new BuildFailure(
    'detect',
    `The Procfile has the processes ${names} and none is called web: keep one, or name the command in fairway.yaml`,
  );
}

function shapeOf({ settings, process, isService }: { settings: FairwayFile; process: string | undefined; isService: boolean }): Shape {
  if (settings.shape !== undefined) return settings.shape;
  if (settings.schedule !== undefined) return 'task';
  if (isService) return 'service';
  return process === undefined || process === 'web' ? 'web' : 'worker';
}

function planLanguage(source: SourceTree, hasCommand: boolean): LanguagePlan {
  for (const plan of planners) {
    const found = plan(source);
    if (found !== undefined) return found;
  }
  if (hasCommand) return { language: 'procfile', commands: [], env: {}, contents: { kind: 'folder' }, programs: [], notes: [] };
  if (source.has('Dockerfile')) {
    throw new BuildFailure(
      'detect',
      'There is a Dockerfile and nothing else that Fairway can build: this build machine has no container engine. Add the files of the language ' +
        '(package.json, requirements.txt, go.mod), or a Procfile with the line "web: command"',
      { line: 'There is a Dockerfile and nothing else that Fairway can build' },
    );
  }
  const folder = source.list().slice(0, 10).join(', ') || 'nothing';
  throw new BuildFailure(
    'detect',
    'No application was recognised. Looked for: package.json or server.js (Node), requirements.txt, pyproject.toml, app.py or main.py (Python), go.mod (Go), ' +
      `index.html (static files), Procfile, fairway.yaml. Found: ${folder}. Add one of these, or set the component's path to the application's folder`,
    { line: `Found: ${folder}` },
  );
}

/** A build command of the author's own takes the place of the language's, or follows the installation where there is none. */
function withBuild<P extends Pick<LanguagePlan, 'commands' | 'programs'>>(plan: P, build: string | undefined): P {
  if (build === undefined) return plan;
  const [file = '/bin/sh', ...args] = commandOf(build, plan.programs);
  const own = { phase: 'build' as const, file, args };
  const install = plan.commands.filter((command) => command.phase === 'install');
  const after = plan.commands.filter((command) => command.phase === 'build' && command.args[0] === 'prune');
  return { ...plan, commands: [...install, own, ...after] };
}

const dockerNotes = (source: SourceTree): readonly string[] =>
  source.has('Dockerfile')
    ? ['The Dockerfile was passed over, because there is no container engine here: the application is built the way of its language.']
    : [];
