import { type BindingObject, type ComponentPlace, type Fairway, followBinding, kinds } from '@fairway/sdk';
import { type Command, type CommandContext, text } from '../command.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { followToUrl } from '../follow-to-url.ts';
import { placeFlags, placeOf } from '../place.ts';

const waitFlags = [
  { flags: '--no-wait', about: 'leave when it has begun' },
  { flags: '--timeout <duration>', about: 'how long to wait, for example 10m', fallback: '10m' },
] as const;

export const bindingsOf = async (fairway: Fairway, place: ComponentPlace, signal: AbortSignal): Promise<BindingObject[]> => {
  const fieldSelector = `spec.owner.componentName=${place.component}`;
  const pages = await Promise.all(
    [kinds.webApplicationBinding, kinds.serviceBinding, kinds.scheduledTaskBinding].map((kind) =>
      fairway.resources<BindingObject>(kind).list({ namespace: place.organization, fieldSelector, signal }),
    ),
  );
  return pages.flatMap(({ items }) => items);
};

export const promote: Command = {
  usage: 'promote [name]',
  about: 'Run the same release in the next environment, with that environment’s configuration',
  flags: [
    ...placeFlags,
    { flags: '--to <environment>', about: 'environment to promote to' },
    { flags: '--from <environment>', about: 'environment whose release is promoted (default: the one before)' },
    ...waitFlags,
  ],
  examples: ['fairway promote hello --to staging'],
  run: async (context) => {
    const targetEnv = text(context.options.to);
    if (targetEnv === undefined)
      throw new CommandError({ message: 'which environment?', exitCode: exitCodes.usage, hint: 'give --to ENVIRONMENT' });
    const place = await placeOf(context, context.args[0]);
    const { fairway } = await context.connect();
    const sourceEnv = text(context.options.from) ?? (await sourceOf(fairway, place, targetEnv, context.signal));
    await fairway.components.promote(place, { sourceEnv, targetEnv }, context.signal);
    await finish(context, place, targetEnv, {});
  },
};

export const rollback: Command = {
  usage: 'rollback [name]',
  about: 'Run an earlier deployment of an environment again, with its configuration and secrets',
  flags: [
    ...placeFlags,
    { flags: '-e, --env <name>', about: 'environment' },
    { flags: '--to <name>', about: 'release or deployment record (default: the one before the present one)' },
    ...waitFlags,
  ],
  examples: ['fairway rollback hello -e development'],
  run: async (context) => {
    const environment = text(context.options.env);
    if (environment === undefined)
      throw new CommandError({ message: 'which environment?', exitCode: exitCodes.usage, hint: 'give -e ENVIRONMENT' });
    const place = await placeOf(context, context.args[0]);
    const { fairway } = await context.connect();
    const to = text(context.options.to);
    const bound = await fairway.components.rollback(place, { environment, ...(to === undefined ? {} : { to }) }, context.signal);
    await finish(context, place, environment, { release: bound.componentRelease, record: bound.deploymentRecord });
  },
};

async function finish(
  context: CommandContext,
  place: ComponentPlace,
  environment: string,
  wanted: { release?: string; record?: string },
): Promise<void> {
  const { fairway } = await context.connect();
  if (context.options.wait === false)
    return context.terminal.result({
      data: { ...place, environment, ...wanted },
      text: `${place.component} is on its way in ${environment}`,
      names: [place.component],
    });
  const done = await followToUrl(
    context.terminal,
    followBinding(fairway, place, { environment, ...wanted, signal: context.signal }),
    context.signal,
  );
  await context.terminal.result({
    data: { ...place, ...done },
    text: `${done.release} in ${environment}${done.urls[0] === undefined ? '' : `: ${done.urls[0]}`}`,
    names: [place.component],
  });
}

/** The environment from which the pipeline leads to the target. */
async function sourceOf(fairway: Fairway, place: ComponentPlace, target: string, signal: AbortSignal): Promise<string> {
  const namespace = place.organization;
  type Project = { apiVersion: string; kind: string; metadata: { name: string }; spec?: { deploymentPipelineRef: string } };
  type Pipeline = {
    apiVersion: string;
    kind: string;
    metadata: { name: string };
    spec?: { promotionPaths?: { sourceEnvironmentRef: string; targetEnvironmentRefs: { name: string }[] }[] };
  };
  const project = await fairway.resources<Project>(kinds.project).get(place.project, { namespace, signal });
  const pipeline = await fairway
    .resources<Pipeline>(kinds.deploymentPipeline)
    .get(project?.spec?.deploymentPipelineRef ?? '', { namespace, signal });
  const source = pipeline?.spec?.promotionPaths?.find(({ targetEnvironmentRefs }) =>
    targetEnvironmentRefs.some(({ name }) => name === target),
  )?.sourceEnvironmentRef;
  if (source === undefined)
    throw new CommandError({
      message: `no promotion path of ${place.project} leads to ${target}`,
      exitCode: exitCodes.notFound,
      hint: 'fairway status shows the environments; --from names one',
    });
  return source;
}
