import type { ComponentPlace, Fairway } from './client.ts';
import { ConnectionError, InternalServerError, NotFoundError } from './errors.ts';
import { kinds } from './kinds.ts';
import type { ResourceObject } from './resource-shapes.ts';
import { pause } from './transport.ts';

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

export type BuildObject = ResourceObject<
  { owner: { projectName: string; componentName: string }; repository: { revision?: { commit?: string } } },
  {
    conditions?: Condition[];
    imageStatus?: { image: string };
    failure?: { phase: string; line?: string; message: string };
    detected?: { language: string; shape: string; notes?: string[] };
  }
>;

export type BindingObject = ResourceObject<
  {
    owner: { projectName: string; componentName: string };
    environment: string;
    componentRelease?: string;
    deploymentRecord?: string;
    releaseState?: string;
    workloadSpec?: { containers?: Record<string, { image: string }> };
  },
  {
    observedGeneration?: number;
    conditions?: Condition[];
    urls?: string[];
    componentRelease?: string;
    deploymentRecord?: string;
    image?: string;
  }
>;

/** What happens between a commit and its URL, in order. The last one is `ready` or `failed`. */
export type DeploymentEvent =
  | { type: 'build'; build: string }
  | { type: 'log'; line: string }
  | { type: 'built'; build: string; image: string; notes: readonly string[] }
  | { type: 'binding'; environment: string; reason: string; message: string }
  | { type: 'ready'; environment: string; release: string; urls: readonly string[] }
  | { type: 'failed'; stage: 'build' | 'deploy' | 'superseded'; message: string; line?: string };

export interface FollowOptions {
  /** Name of the build; or the commit whose build is waited for. */
  build?: string;
  commit?: string;
  /** The environment that the image goes to; without it, wherever the image appears first. */
  environment?: string;
  /** How long a build may take to appear. Default 20 s. */
  appearWithinMs?: number;
  signal: AbortSignal;
}

const bindingKinds = [kinds.webApplicationBinding, kinds.serviceBinding, kinds.scheduledTaskBinding] as const;
const endOfBuild = new Set(['BuildCompleted', 'BuildFailed', 'BuildCanceled']);
const completion = (build: BuildObject): Condition | undefined => build.status?.conditions?.find(({ type }) => type === 'BuildCompleted');
const isOver = (build: BuildObject): boolean => endOfBuild.has(completion(build)?.reason ?? '');

/** Follows one build to its running release, over public operations only. Stopping to read cancels nothing. */
export async function* followDeployment(fairway: Fairway, place: ComponentPlace, options: FollowOptions): AsyncGenerator<DeploymentEvent> {
  const builds = fairway.resources<BuildObject>(kinds.build);
  const build = await appearing(fairway, place, options);
  if (build === undefined) return;
  const { signal, environment } = options;
  const at = { namespace: place.organization, signal };
  yield { type: 'build', build };
  for await (const line of logLines((query) => builds.log(build, { ...at, query }), signal)) yield { type: 'log', line };
  const over = await until(builds.watch({ ...at, fieldSelector: `metadata.name=${build}` }), isOver);
  if (signal.aborted) return;
  const image = over?.status?.imageStatus?.image;
  if (over === undefined || image === undefined || completion(over)?.reason !== 'BuildCompleted') {
    yield { type: 'failed', stage: 'build', ...(over === undefined ? { message: 'the build was deleted' } : failureOf(over)) };
    return;
  }
  yield { type: 'built', build, image, notes: over.status?.detected?.notes ?? [] };
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const bound = followBinding(fairway, place, { image, ...(environment === undefined ? {} : { environment }), signal: both });
  const overtaken = untilSuperseded(builds.watch({ ...at, fieldSelector: `metadata.name=${build}`, signal: both }));
  try {
    for await (const event of merge([bound, overtaken])) {
      yield event;
      if (event.type !== 'binding') return;
    }
  } finally {
    stop.abort();
  }
}

/** A newer build that wrote the workload first: the image of this one is never bound, so nobody may wait for it. */
async function* untilSuperseded(events: AsyncIterable<{ object: BuildObject }>): AsyncGenerator<DeploymentEvent> {
  for await (const { object } of events) {
    const said = object.status?.conditions?.find(({ reason }) => reason === 'WorkloadSuperseded');
    if (said === undefined) continue;
    yield { type: 'failed', stage: 'superseded', message: said.message };
    return;
  }
}

/** Why a build failed, with the line of its log that tells it best. */
export function failureOf(build: BuildObject): { message: string; line?: string } {
  const { line, message = completion(build)?.message ?? 'the build failed' } = build.status?.failure ?? {};
  // Where the builder itself found the fault, its message holds the line: nobody reads it twice.
  return { message, ...(line === undefined || message.includes(line) ? {} : { line }) };
}

// A log that breaks off so often has another trouble; the end of the build is watched for all the same.
const maxLogTries = 10;
const logPauseMs = 500;

/** The log to its end: one that breaks off is read again, without the lines that were there. A log that is gone is no failure of the build. */
async function* logLines(open: (query: { follow: string }) => AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  let seen = 0;
  for (let attempt = 1; attempt <= maxLogTries && !signal.aborted; attempt += 1)
    try {
      let at = 0;
      for await (const line of open({ follow: 'true' })) {
        at += 1;
        if (at <= seen) continue;
        seen = at;
        yield line;
      }
      return;
    } catch (error) {
      if (signal.aborted || error instanceof NotFoundError) return;
      if (!(error instanceof TypeError || error instanceof ConnectionError || error instanceof InternalServerError)) throw error;
      await pause(logPauseMs, signal).catch(() => {});
    }
}

/** The binding that is waited for: all that is given must be so. */
export interface WantedBinding {
  image?: string;
  release?: string;
  environment?: string;
  record?: string;
  signal: AbortSignal;
}

/** Follows the binding that runs what is wanted until it is ready, has failed, is gone, or was given something else to run. */
export async function* followBinding(fairway: Fairway, place: ComponentPlace, wanted: WantedBinding): AsyncGenerator<DeploymentEvent> {
  const fieldSelector = `spec.owner.componentName=${place.component}`;
  const stop = new AbortController();
  const signal = AbortSignal.any([wanted.signal, stop.signal]);
  const watches = bindingKinds.map((kind) =>
    fairway.resources<BindingObject>(kind).watch({ namespace: place.organization, fieldSelector, signal }),
  );
  let said = '';
  const seen = new Set<string | undefined>();
  try {
    for await (const { type, object } of merge(watches)) {
      if (!isWanted(object, wanted)) {
        // One that ran something else from the beginning may still become the wanted one; one that was it will not come back by itself.
        if (!seen.has(object.metadata.uid)) continue;
        yield superseded(object);
        return;
      }
      seen.add(object.metadata.uid);
      const event = type === 'DELETED' ? bindingGone(object) : progressOf(object);
      if (event === undefined || (event.type === 'binding' && event.message === said)) continue;
      if (event.type === 'binding') said = event.message;
      yield event;
      if (event.type !== 'binding') return;
    }
  } finally {
    stop.abort();
  }
}

const bindingGone = ({ metadata, spec }: BindingObject): DeploymentEvent => ({
  type: 'failed',
  stage: 'deploy',
  message: `the binding ${metadata.name} of ${spec?.environment} was deleted`,
});

const superseded = ({ spec }: BindingObject): DeploymentEvent => ({
  type: 'failed',
  stage: 'superseded',
  message: `another change came before it was ready: ${spec?.environment} is now given ${spec?.componentRelease ?? 'something else'}`,
});

/** Undefined while what the status says is about an older wish. */
function progressOf({ metadata, spec, status }: BindingObject): DeploymentEvent | undefined {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready === undefined || (status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return undefined;
  const { environment = '', componentRelease = '' } = spec ?? {};
  if (ready.status === 'True' && status?.componentRelease === componentRelease)
    return { type: 'ready', environment, release: componentRelease, urls: status.urls ?? [] };
  if (isFinalFailure(ready.reason)) return { type: 'failed', stage: 'deploy', message: ready.message };
  return { type: 'binding', environment, reason: ready.reason, message: ready.message };
}

const isFinalFailure = (reason: string): boolean =>
  reason === 'ResourceHealthDegraded' || reason === 'InvalidConfiguration' || reason.endsWith('ClassNotFound');

function isWanted({ spec }: BindingObject, wanted: WantedBinding): boolean {
  const runs = Object.values(spec?.workloadSpec?.containers ?? {}).some(({ image }) => image === wanted.image);
  return (
    (wanted.environment === undefined || spec?.environment === wanted.environment) &&
    (wanted.image === undefined || runs) &&
    (wanted.release === undefined || spec?.componentRelease === wanted.release) &&
    (wanted.record === undefined || spec?.deploymentRecord === wanted.record)
  );
}

async function appearing(fairway: Fairway, place: ComponentPlace, options: FollowOptions): Promise<string | undefined> {
  if (options.build !== undefined) return options.build;
  const patience = AbortSignal.any([options.signal, AbortSignal.timeout(options.appearWithinMs ?? 20_000)]);
  const fieldSelector = `spec.owner.componentName=${place.component}`;
  const events = fairway.resources<BuildObject>(kinds.build).watch({ namespace: place.organization, fieldSelector, signal: patience });
  return (await until(events, (build) => build.spec?.repository.revision?.commit === options.commit))?.metadata.name;
}

async function until<R extends ResourceObject>(
  events: AsyncIterable<{ type: string; object: R }>,
  isIt: (object: R) => boolean,
): Promise<R | undefined> {
  for await (const { type, object } of events) {
    if (type === 'DELETED') return undefined;
    if (isIt(object)) return object;
  }
  return undefined;
}

/** Whatever comes first from any of the sources. */
async function* merge<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = (source: AsyncGenerator<T>) => source.next().then((result) => ({ source, result }));
  const waiting = new Map(sources.map((source) => [source, next(source)]));
  while (waiting.size > 0) {
    const { source, result } = await Promise.race(waiting.values());
    if (result.done === true) waiting.delete(source);
    else {
      const following = next(source);
      // One that fails after the reader has left has nobody to tell; while there is a reader, the race tells it.
      following.catch(() => {});
      waiting.set(source, following);
      yield result.value;
    }
  }
}
