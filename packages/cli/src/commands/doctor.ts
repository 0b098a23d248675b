import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { kinds, type ResourceObject } from '@fairway/sdk';
import { explainNotReady, findNotReady, type InstallationStatus, isAlive, type NotReady } from '@fairway/supervisor';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../exit-codes.ts';
import { readStatusAloud } from '../tell-programs.ts';
import { table } from '../terminal.ts';

interface Finding {
  what: string;
  state: 'ok' | 'note' | 'problem';
  message: string;
}

const run = promisify(execFile);
const toolTimeoutMs = 5_000;
const tools: readonly { what: string; command: string; args: string[]; isNeeded: boolean; without: string }[] = [
  { what: 'git', command: 'git', args: ['--version'], isNeeded: true, without: 'install git: repositories need it' },
  {
    what: 'node for applications',
    command: 'node',
    args: ['--version'],
    isNeeded: true,
    without: 'install Node 20 or newer: builds run on it',
  },
  { what: 'npm', command: 'npm', args: ['--version'], isNeeded: false, without: 'Node applications with dependencies cannot be built' },
  { what: 'python3', command: 'python3', args: ['--version'], isNeeded: false, without: 'Python applications cannot be built or run' },
  { what: 'go', command: 'go', args: ['version'], isNeeded: false, without: 'Go applications cannot be built' },
  {
    what: 'container engine',
    command: 'podman',
    args: ['--version'],
    isNeeded: false,
    without: 'Dockerfiles are not built; languages are recognised without one',
  },
  {
    what: 'kubectl',
    command: 'kubectl',
    args: ['version', '--client', '-o', 'json'],
    isNeeded: false,
    without: 'optional: fairway kubeconfig works with any kubectl from 1.28',
  },
];

export async function doctor(context: CommandContext): Promise<void> {
  const [ofTools, ofInstallation] = await Promise.all([
    Promise.all(tools.map((tool) => lookAtTool(context, tool))),
    lookAtInstallation(context),
  ]);
  const findings = [...ofTools, ...ofInstallation];
  const { style } = context.terminal;
  const mark = { ok: style('good', 'ok'), note: 'note', problem: style('bad', 'problem') };
  const problems = findings.filter(({ state }) => state === 'problem').map(({ what }) => what);
  await context.terminal.result({
    data: { findings },
    text: table(
      ['', 'WHAT', ''],
      findings.map(({ what, state, message }) => [mark[state], what, message]),
    ),
    names: problems,
  });
  if (problems.length > 0)
    throw new CommandError({
      message: `${problems.length} problem${problems.length === 1 ? '' : 's'}: ${problems.join(', ')}`,
      hint: 'the list above says what to do about each',
    });
}

/** Tools as applications see them: without what this checkout installed for itself. */
async function lookAtTool({ env, checkout, signal }: CommandContext, tool: (typeof tools)[number]): Promise<Finding> {
  const path = (env.PATH ?? '')
    .split(':')
    .filter((folder) => !folder.startsWith(`${checkout}/node_modules`))
    .join(':');
  try {
    const { stdout } = await run(tool.command, tool.args, { timeout: toolTimeoutMs, signal, env: { ...process.env, PATH: path } });
    return { what: tool.what, state: 'ok', message: tool.what === 'kubectl' ? 'found' : (stdout.split('\n')[0] ?? '') };
  } catch {
    return { what: tool.what, state: tool.isNeeded ? 'problem' : 'note', message: `not found: ${tool.without}` };
  }
}

async function lookAtInstallation(context: CommandContext): Promise<Finding[]> {
  const watched = await readStatusAloud(context);
  if (watched === undefined)
    return [{ what: 'installation', state: 'note', message: `nothing runs from ${context.files.home}: fairway up starts it` }];
  const notReady = await findNotReady(context.files, watched);
  const findings: Finding[] = [
    isAlive(watched.supervisor)
      ? { what: 'supervisor', state: 'ok', message: `process ${watched.supervisor.pid}` }
      : { what: 'supervisor', state: 'problem', message: 'it was killed: fairway up starts it again and takes over what still runs' },
    ...(await Promise.all(watched.programs.map((program) => lookAtProgram(context, program, notReady)))),
  ];
  return [...findings, await lookAtApi(context), await lookAtIsolation(context)];
}

/** A program that runs may be stuck all the same: it must answer too. */
async function lookAtProgram(
  { files }: CommandContext,
  { name, process, restarts, lastExit }: InstallationStatus['programs'][number],
  notReady: readonly NotReady[],
): Promise<Finding> {
  const before = restarts === 0 ? '' : `, started again ${restarts === 1 ? 'once' : `${restarts} times`} (${lastExit ?? 'cause unknown'})`;
  const silent = notReady.find((known) => known.name === name);
  if (silent === undefined) return { what: name, state: 'ok', message: `process ${process?.pid}${before}` };
  const { why, log } = await explainNotReady(files, silent);
  const isRunning = process !== undefined && isAlive(process);
  return {
    what: name,
    state: 'problem',
    message: `${isRunning ? `process ${process.pid} is not ready` : 'not running'}: ${why}; its log is ${log}${before}`,
  };
}

async function lookAtApi(context: CommandContext): Promise<Finding> {
  try {
    const { fairway, url } = await context.connect();
    await fairway.resources(kinds.organization).list({ limit: 1, signal: context.signal });
    return { what: 'API', state: 'ok', message: url };
  } catch (error) {
    return { what: 'API', state: 'problem', message: (error as Error).message };
  }
}

async function lookAtIsolation(context: CommandContext): Promise<Finding> {
  try {
    const { fairway } = await context.connect();
    const { items } = await fairway
      .resources<ResourceObject>({ group: '', version: 'v1', plural: 'nodes', namespaced: false }, { cluster: 'local' })
      .list({ limit: 10, signal: context.signal });
    const isolation = items[0]?.metadata.annotations?.['fairway.dev/isolation'] ?? 'unknown';
    return isolation === 'none'
      ? {
          what: 'isolation',
          state: 'note',
          message: 'applications of the local cluster run as plain processes of this user: deploy only what you trust',
        }
      : { what: 'isolation', state: 'ok', message: isolation };
  } catch (error) {
    return { what: 'local cluster', state: 'problem', message: (error as Error).message };
  }
}
