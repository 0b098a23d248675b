import { kinds, type ResourceObject } from '@fairway/sdk';
import { type Command, type CommandContext, text } from '../command.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { placeFlags, placeOf } from '../place.ts';

type ReleaseObject = ResourceObject<
  { owner: { componentName: string }; environmentName: string },
  { resources?: { kind: string; namespace?: string }[] }
>;
type PodObject = ResourceObject<unknown, { phase?: string; containerStatuses?: { state?: { running?: unknown; terminated?: unknown } }[] }>;
type PlaneObject = ResourceObject<{ dataPlaneRef?: string; clusterRef?: string }>;

export const logs: Command = {
  usage: 'logs [name]',
  about: 'What an application writes, from all its instances',
  flags: [
    ...placeFlags,
    { flags: '-e, --env <name>', about: 'environment', fallback: 'development' },
    { flags: '-f, --follow', about: 'go on as new lines come' },
    { flags: '--tail <lines>', about: 'begin with this many last lines', fallback: '100' },
    { flags: '--since <seconds>', about: 'only lines of the last so many seconds' },
    { flags: '--timestamps', about: 'with the time of each line' },
  ],
  examples: ['fairway logs hello', 'fairway logs -f hello -e staging'],
  run: async (context) => {
    const place = await placeOf(context, context.args[0]);
    const environment = text(context.options.env) ?? 'development';
    const { cluster, namespace } = await whereRuns(context, { organization: place.organization, component: place.component, environment });
    const { fairway } = await context.connect();
    const pods = fairway.resources<PodObject>(kinds.pod, { cluster });
    const query = { namespace, labelSelector: `component-name=${place.component}`, signal: context.signal };
    const isFollowing = context.options.follow === true;
    const options = {
      follow: isFollowing ? 'true' : undefined,
      tailLines: text(context.options.tail),
      sinceSeconds: text(context.options.since),
      timestamps: context.options.timestamps === true ? 'true' : undefined,
    };
    const read = async (pod: string): Promise<void> => {
      for await (const line of pods.log(pod, { namespace, query: options, signal: context.signal })) print(context, { pod, line });
    };
    if (!isFollowing) {
      for (const pod of (await pods.list(query)).items) await read(pod.metadata.name);
      return;
    }
    const seen = new Set<string>();
    for await (const { type, object } of pods.watch(query)) {
      const hasStarted =
        object.status?.containerStatuses?.some(({ state }) => state?.running !== undefined || state?.terminated !== undefined) === true;
      if (type === 'DELETED' || seen.has(object.metadata.name) || !hasStarted) continue;
      seen.add(object.metadata.name);
      read(object.metadata.name).catch((error: unknown) => context.terminal.note(`${object.metadata.name}: ${(error as Error).message}`));
    }
  },
};

const print = ({ terminal }: CommandContext, entry: { pod: string; line: string }): void =>
  terminal.line(terminal.format === 'json' ? JSON.stringify(entry) : entry.line);

async function whereRuns(
  context: CommandContext,
  of: { organization: string; component: string; environment: string },
): Promise<{ cluster: string; namespace: string }> {
  const { fairway } = await context.connect();
  const at = { namespace: of.organization, signal: context.signal };
  const { items } = await fairway
    .resources<ReleaseObject>(kinds.release)
    .list({ ...at, fieldSelector: `spec.owner.componentName=${of.component}` });
  const namespace = items
    .find(({ spec }) => spec?.environmentName === of.environment)
    ?.status?.resources?.find((resource) => resource.namespace !== undefined)?.namespace;
  if (namespace === undefined)
    throw new CommandError({
      message: `${of.component} does not run in ${of.environment}`,
      exitCode: exitCodes.notFound,
      hint: `fairway status ${of.component} shows where it runs`,
    });
  const environment = await fairway.resources<PlaneObject>(kinds.environment).get(of.environment, at);
  const plane = await fairway.resources<PlaneObject>(kinds.dataPlane).get(environment?.spec?.dataPlaneRef ?? 'default', at);
  return { cluster: plane?.spec?.clusterRef ?? plane?.metadata.name ?? 'local', namespace };
}
