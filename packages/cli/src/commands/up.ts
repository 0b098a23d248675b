import { homedir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AlreadyWatched,
  explainNotReady,
  findNotReady,
  type InstallationStatus,
  isAlive,
  type NotReady,
  type Ports,
  portNames,
  readStatus,
  type Started,
  startInBackground,
  supervise,
} from '@fairway/supervisor';
import { type CommandContext, text } from '../command.ts';
import { bindingsOf } from '../components.ts';
import { deploySample } from '../deploy-sample.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { readStatusAloud } from '../tell-programs.ts';
import { plain, type Terminal, table } from '../terminal.ts';

const startDeadlineMs = 60_000;
const lookMs = 40;
// A program that fell so often in its first seconds will not get ready by waiting.
const maxFalls = 3;
const maxShownUrls = 20;

export async function up(context: CommandContext): Promise<void> {
  const { files, terminal, checkout } = context;
  const wanted = wantedPorts(context);
  if (context.options.foreground === true) return watchHere(context, wanted);
  const start = async (): Promise<Started> => {
    await readStatusAloud(context);
    return startInBackground({ files, wanted, checkout, node: process.execPath, deadlineMs: startDeadlineMs });
  };
  const started = await start().catch((cause: Error) => {
    throw new CommandError({ message: cause.message, hint: 'fairway doctor looks for the cause', cause });
  });
  const { status, wasRunning } = started;
  tellVersion(terminal, started);
  tellPorts(terminal, status, wasRunning ? wanted : {});
  await untilReady(context, status);
  const sample = text(context.options.sample);
  if (sample !== undefined) await deploySample(context, sample);
  await tell(context, { ...started, sample });
}

/** For service managers: this process is the supervisor, and ends when it is told to. */
async function watchHere({ files, checkout, env, terminal, signal }: CommandContext, wanted: Partial<Ports>): Promise<void> {
  const untilStopped = new Promise<void>((stop) => {
    signal.addEventListener('abort', () => stop(), { once: true });
    process.once('SIGTERM', () => stop());
  });
  const onStarted = (status: InstallationStatus): void => {
    tellPorts(terminal, status, {});
    terminal.note(`Fairway starts; API http://127.0.0.1:${status.ports.plain}`);
  };
  await supervise({ files, wanted, checkout, env, untilStopped, onStarted, isForeground: true }).catch((cause: Error) => {
    const exitCode = cause instanceof AlreadyWatched ? exitCodes.conflict : exitCodes.failed;
    throw new CommandError({ message: cause.message, exitCode, cause });
  });
}

function wantedPorts({ options }: CommandContext): Partial<Ports> {
  const port = (name: keyof Ports): [keyof Ports, number][] => {
    const given = options[`${name}Port`];
    if (given === undefined) return [];
    const value = Number(given);
    if (!Number.isInteger(value) || value < 1 || value > 65_535)
      throw new CommandError({ message: `${JSON.stringify(given)} is not a port`, exitCode: exitCodes.usage, hint: 'give 1 to 65535' });
    return [[name, value]];
  };
  return Object.fromEntries(portNames.flatMap(port));
}

function tellVersion(terminal: Terminal, { wasRestarted, isOutdated }: Started): void {
  if (wasRestarted) terminal.note('another version ran: its programs were started anew, and applications went on');
  if (isOutdated)
    terminal.note('another version runs, and its supervisor is held in the foreground: start it anew there (fairway up --foreground)');
}

function tellPorts(terminal: Terminal, { moved, ports }: InstallationStatus, ignored: Partial<Ports>): void {
  for (const { name, from, to } of moved) terminal.note(`port ${from} is taken: ${name} uses ${to}`);
  for (const name of portNames)
    if (ignored[name] !== undefined && ignored[name] !== ports[name])
      terminal.note(`${name} runs on port ${ports[name]} already; --${name}-port ${ignored[name]} counts after fairway down`);
}

async function untilReady({ files, signal }: CommandContext, status: InstallationStatus): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  let waiting = await findNotReady(files, status);
  while (waiting.length > 0) {
    const programs = (await readStatus(files))?.programs ?? [];
    const isHopeless = programs.some(({ state, restarts }) => state === 'failed' || (state === 'backing-off' && restarts >= maxFalls));
    if (isHopeless || Date.now() > deadline)
      throw notReady(await Promise.all(waiting.map((program) => explainNotReady(files, program))), isHopeless);
    await delay(lookMs, undefined, { signal });
    const names = waiting.map(({ name }) => name);
    waiting = await findNotReady(files, status, names);
  }
}

function notReady(waiting: readonly NotReady[], isHopeless: boolean): CommandError {
  const lines = waiting.map(({ name, why, log }) => `${name} is not ready: ${why} (its log is ${log})`);
  return new CommandError({
    message: lines.join('\n'),
    exitCode: isHopeless ? exitCodes.failed : exitCodes.timeout,
    hint: 'fairway doctor looks for the cause; fairway down ends what was started',
    details: { notReady: waiting },
  });
}

interface Told extends Started {
  sample: string | undefined;
}

async function tell(context: CommandContext, { status, wasRunning, wasRestarted, isOutdated, sample }: Told): Promise<void> {
  const { fairway, url } = await context.connect();
  const bindings = await bindingsOf(fairway, { organization: 'default' }, context.signal);
  const urls = bindings.flatMap(({ spec, status: seen }) =>
    seen?.urls?.[0] === undefined ? [] : [{ component: spec?.owner.componentName, environment: spec?.environment, url: seen.urls[0] }],
  );
  const name = urls[0]?.component ?? 'NAME';
  const next = urls.length === 0 ? ['deploy FOLDER', 'status', 'doctor'] : ['status', `logs -f ${name}`, `promote ${name} --to staging`];
  const rows = urls.slice(0, maxShownUrls).map((row) => [row.component, row.environment, row.url]);
  const lines = [
    wasRunning && !wasRestarted ? 'Fairway runs already.' : 'Fairway runs.',
    '',
    ...(rows.length === 0 ? [] : [table(['COMPONENT', 'ENVIRONMENT', 'URL'], rows)]),
    ...(urls.length > rows.length ? [`… and ${urls.length - rows.length} more: ./fairway status`] : []),
    ...(rows.length === 0 ? [] : ['']),
    `API    ${url}`,
    `Token  ${context.files.adminToken.replace(homedir(), '~')}`,
    '',
    'Next:',
    ...next.map((command) => `  ./fairway ${plain(command)}`),
  ];
  const programs = status.programs.map(({ name: program, process }) => ({
    name: program,
    pid: process?.pid,
    running: process !== undefined && isAlive(process),
  }));
  await context.terminal.result({
    data: {
      wasRunning,
      wasRestarted,
      isOutdated,
      api: url,
      tokenFile: context.files.adminToken,
      ports: status.ports,
      programs,
      urls,
      sample,
    },
    text: lines.join('\n'),
    names: [url],
  });
}
