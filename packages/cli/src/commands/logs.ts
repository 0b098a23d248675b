import { kinds, NotFoundError, type ResourceClient, type ResourceObject } from '@fairway/sdk';
import { type CommandContext, text } from '../command.ts';
import { collect, requireComponent } from '../components.ts';
import { durationMs } from '../duration.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { hasStarted, type PodObject, startsOf } from '../has-started.ts';
import { placeOf } from '../place.ts';

type ReleaseObject = ResourceObject<
  { owner: { componentName: string }; environmentName: string },
  { resources?: { kind: string; namespace?: string }[] }
>;
type PlaneObject = ResourceObject<{ dataPlaneRef?: string; clusterRef?: string }>;

const maxTailLines = 1_000_000;

export async function logs(context: CommandContext): Promise<void> {
  const query = queryOf(context);
  const place = await placeOf(context, context.args[0]);
  const environment = text(context.options.env) ?? 'development';
  const { cluster, namespace } = await whereRuns(context, { ...place, environment });
  const { fairway } = await context.connect();
  const pods = fairway.resources<PodObject>(kinds.pod, { cluster });
  const wanted = { namespace, labelSelector: `component-name=${place.component}`, signal: context.signal };
  const read = async (pod: string, from: Query = query): Promise<void> => {
    for await (const line of pods.log(pod, { namespace, query: from, signal: context.signal }))
      await context.terminal.line({ data: { pod, line }, text: line, name: pod });
  };
  if (context.options.follow === true) return follow(context, pods.watch(wanted), read);
  for (const pod of await collect(pods.all(wanted))) if (hasStarted(pod)) await read(pod.metadata.name).catch(unlessGone);
}

/** An instance of the release before may end between the list and its turn: that its lines went with it is no failure. */
const unlessGone = (error: unknown): void => {
  if (!(error instanceof NotFoundError)) throw error;
};

type Query = Readonly<Record<string, string | undefined>>;

/**
 * Every instance is read as it starts, and again from its beginning each time that its container is started again. One that cannot be read is
 * told, and the others go on.
 */
async function follow(
  { terminal, signal }: CommandContext,
  pods: ReturnType<ResourceClient<PodObject>['watch']>,
  read: (pod: string, from?: Query) => Promise<void>,
): Promise<void> {
  const starts = new Map<string, number>();
  const reading = new Map<string, Promise<void>>();
  for await (const { type, object } of pods) {
    const { name, uid = name } = object.metadata;
    const before = starts.get(uid);
    const now = startsOf(object);
    if (type === 'DELETED') starts.delete(uid);
    if (type === 'DELETED' || !hasStarted(object) || (before !== undefined && (now === undefined || now <= before))) continue;
    starts.set(uid, now ?? 0);
    const readNow = (): Promise<void> => (before === undefined ? read(name) : read(name, { follow: 'true' }));
    // In the order of the starts: the last lines before a crash come before the first ones after it.
    const next = (reading.get(uid) ?? Promise.resolve()).then(readNow).catch((error: Error) => {
      if (!signal.aborted) terminal.note(`${name}: ${error.message}`);
    });
    reading.set(uid, next);
  }
  // Only an interrupt ends it: that is no success.
  signal.throwIfAborted();
}

function queryOf({ options }: CommandContext): Query {
  const tail = text(options.tail);
  if (tail !== undefined && !(/^\d+$/.test(tail) && Number(tail) <= maxTailLines))
    throw new CommandError({
      message: `--tail ${JSON.stringify(tail)} is no number of lines`,
      exitCode: exitCodes.usage,
      hint: `give a number from 0 to ${maxTailLines}`,
    });
  const since = text(options.since);
  return {
    follow: options.follow === true ? 'true' : undefined,
    tailLines: tail,
    sinceSeconds: since === undefined ? undefined : String(Math.ceil(durationMs(since) / 1_000)),
    timestamps: options.timestamps === true ? 'true' : undefined,
  };
}

async function whereRuns(
  context: CommandContext,
  of: { organization: string; project: string; component: string; environment: string },
): Promise<{ cluster: string; namespace: string }> {
  const { fairway } = await context.connect();
  const at = { namespace: of.organization, signal: context.signal };
  const fieldSelector = `spec.owner.componentName=${of.component}`;
  const releases = await collect(fairway.resources<ReleaseObject>(kinds.release).all({ ...at, fieldSelector }));
  const namespace = releases
    .find(({ spec }) => spec?.environmentName === of.environment)
    ?.status?.resources?.find((resource) => resource.namespace !== undefined)?.namespace;
  if (namespace === undefined) {
    await requireComponent(fairway, of, context.signal);
    throw new CommandError({
      message: `${of.component} does not run in ${of.environment}`,
      exitCode: exitCodes.notFound,
      hint: `fairway status ${of.component} shows where it runs`,
    });
  }
  const environment = await fairway.resources<PlaneObject>(kinds.environment).get(of.environment, at);
  const plane = await fairway.resources<PlaneObject>(kinds.dataPlane).get(environment?.spec?.dataPlaneRef ?? 'default', at);
  return { cluster: plane?.spec?.clusterRef ?? plane?.metadata.name ?? 'local', namespace };
}
