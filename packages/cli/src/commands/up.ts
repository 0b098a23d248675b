import { homedir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type InstallationStatus,
  isAlive,
  type Ports,
  preferredPorts,
  startInBackground,
  stopInstallation,
  supervise,
} from '@fairway/supervisor';
import { type Command, type CommandContext, text } from '../command.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { table } from '../terminal.ts';
import { deploy } from './deploy.ts';

const startDeadlineMs = 60_000;
const lookMs = 50;

export const up: Command = {
  usage: 'up',
  about: 'Start the platform on this machine, or say that it runs',
  flags: [
    { flags: '--foreground', about: 'watch over it in this process (for service managers)' },
    { flags: '--sample <folder>', about: 'deploy this folder when it is not there yet' },
    { flags: '--plain-port <port>', about: 'port of the API', fallback: String(preferredPorts.plain) },
    { flags: '--tls-port <port>', about: 'port of the API over TLS', fallback: String(preferredPorts.tls) },
    { flags: '--gateway-port <port>', about: 'port of the applications', fallback: String(preferredPorts.gateway) },
    { flags: '--cluster-port <port>', about: 'port of the local cluster', fallback: String(preferredPorts.cluster) },
  ],
  examples: ['fairway up', 'fairway up --foreground'],
  run: async (context) => {
    const { files, checkout, terminal } = context;
    const wanted = wantedPorts(context);
    if (context.options.foreground === true) {
      const untilStopped = new Promise<void>((stop) => {
        context.signal.addEventListener('abort', () => stop(), { once: true });
        process.once('SIGTERM', () => stop());
      });
      return supervise({ files, wanted, checkout, env: context.env, untilStopped });
    }
    const { status, wasRunning } = await startInBackground({ files, wanted, node: process.execPath, deadlineMs: startDeadlineMs }).catch(
      (cause: Error) => {
        throw new CommandError({ message: cause.message, hint: 'fairway doctor looks for the cause', cause });
      },
    );
    for (const { name, from, to } of status.moved) terminal.note(`port ${from} is taken: ${name} uses ${to}`);
    await untilReady(status.ports, context.signal);
    const sample = text(context.options.sample);
    if (sample !== undefined)
      await deploy.run({ ...context, args: [sample], options: { wait: true }, terminal: { ...terminal, result: async () => {} } });
    await tell(context, status, wasRunning, sample);
  },
};

export const down: Command = {
  usage: 'down',
  about: 'Stop everything that up started, applications included; nothing is lost',
  examples: ['fairway down'],
  run: async (context) => {
    const ended = await stopInstallation(context.files, 90_000).catch((cause: Error) => {
      throw new CommandError({ message: cause.message, cause });
    });
    await context.terminal.result({
      data: { stopped: ended },
      text: ended.length === 0 ? 'nothing was running' : `stopped ${ended.join(', ')}`,
      names: ended,
    });
  },
};

function wantedPorts({ options }: CommandContext): Ports {
  const port = (name: string): number => {
    const value = Number(text(options[name]));
    if (!Number.isInteger(value) || value < 1 || value > 65_535)
      throw new CommandError({ message: `${text(options[name])} is not a port`, exitCode: exitCodes.usage });
    return value;
  };
  return { plain: port('plainPort'), tls: port('tlsPort'), gateway: port('gatewayPort'), cluster: port('clusterPort') };
}

async function untilReady(ports: Ports, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${ports.plain}/ready`, { signal }).catch(() => undefined);
    if (answer?.ok === true) return;
    if (Date.now() > deadline)
      throw new CommandError({
        message: `the API on port ${ports.plain} did not get ready${answer === undefined ? '' : `: ${(await answer.text()).trim()}`}`,
        exitCode: exitCodes.timeout,
        hint: 'fairway doctor looks for the cause',
      });
    await delay(lookMs, undefined, { signal });
  }
}

async function tell(context: CommandContext, status: InstallationStatus, wasRunning: boolean, sample: string | undefined): Promise<void> {
  const { fairway, url } = await context.connect();
  const { kinds } = await import('@fairway/sdk');
  type Bound = {
    apiVersion: string;
    kind: string;
    metadata: { name: string };
    spec?: { owner: { componentName: string }; environment: string };
    status?: { urls?: string[] };
  };
  const { items } = await fairway
    .resources<Bound>(kinds.webApplicationBinding)
    .list({ namespace: 'default', limit: 100, signal: context.signal });
  const urls = items.flatMap(({ spec, status: seen }) =>
    seen?.urls?.[0] === undefined ? [] : [{ component: spec?.owner.componentName, environment: spec?.environment, url: seen.urls[0] }],
  );
  const tokenFile = context.files.adminToken.replace(homedir(), '~');
  const me = './fairway';
  const name = urls[0]?.component ?? 'NAME';
  const next =
    urls.length === 0
      ? [`${me} deploy FOLDER`, `${me} status`, `${me} doctor`]
      : [`${me} status`, `${me} logs -f ${name}`, `${me} promote ${name} --to staging`];
  const lines = [
    wasRunning ? 'Fairway runs already.' : 'Fairway runs.',
    '',
    ...(urls.length === 0
      ? []
      : [
          table(
            ['COMPONENT', 'ENVIRONMENT', 'URL'],
            urls.map((row) => [row.component, row.environment, row.url]),
          ),
          '',
        ]),
    `API    ${url}`,
    `Token  ${tokenFile}`,
    '',
    'Next:',
    ...next.map((command) => `  ${command}`),
  ];
  const programs = status.programs.map((program) => ({
    name: program.name,
    pid: program.process?.pid,
    running: program.process !== undefined && isAlive(program.process),
  }));
  await context.terminal.result({
    data: { wasRunning, api: url, tokenFile: context.files.adminToken, ports: status.ports, programs, urls, sample },
    text: lines.join('\n'),
    names: [url],
  });
}
