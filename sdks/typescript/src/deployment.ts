import type { ComponentPlace, Fairway } from './client.ts';
import { kinds } from './kinds.ts';
import type { ResourceObject } from './resource-shapes.ts';

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
  | { type: 'failed'; stage: 'build' | 'deploy'; message: string; line?: string };

export interface FollowOptions {
  /** Name of the build; or the commit whose build is waited for. */
  build?: string;
  commit?: string;
  /** How long a build may take to appear. Default 20 s. */
  appearWithinMs?: number;
  signal: AbortSignal;
}

const completion = (build: BuildObject): Condition | undefined => build.status?.conditions?.find(({ type }) => type === 'BuildCompleted');
const bindingKinds = [kinds.webApplicationBinding, kinds.serviceBinding, kinds.scheduledTaskBinding] as const;

/** Follows one build to its running release, over public operations only. Stopping to read cancels nothing. */
export async function* followDeployment(fairway: Fairway, place: ComponentPlace, options: FollowOptions): AsyncGenerator<DeploymentEvent> {
  const builds = fairway.resources<BuildObject>(kinds.build);
  const build = await appearing(fairway, place, options);
  if (build === undefined) return;
  yield { type: 'build', build };
  const at = { namespace: place.organization, signal: options.signal };
  for await (const line of builds.log(build, { ...at, query: { follow: 'true' } })) yield { type: 'log', line };
  const over = await until(builds.watch({ ...at, fieldSelector: `metadata.name=${build}` }), (known) =>
    ['BuildCompleted', 'BuildFailed', 'BuildCanceled'].includes(completion(known)?.reason ?? ''),
  );
  const image = over?.status?.imageStatus?.image;
  if (over === undefined || image === undefined) {
    const { failure } = over?.status ?? {};
    yield {
      type: 'failed',
      stage: 'build',
      message: failure?.message ?? (over === undefined ? 'the build was deleted' : (completion(over)?.message ?? 'the build failed')),
      ...(failure?.line === undefined ? {} : { line: failure.line }),
    };
    return;
  }
  yield { type: 'built', build, image, notes: over.status?.detected?.notes ?? [] };
  yield* followBinding(fairway, place, { image, signal: options.signal });
}

/** Follows the binding that runs `image` (in `environment`, or wherever it appears first) until it is ready or has failed. */
export async function* followBinding(
  fairway: Fairway,
  place: ComponentPlace,
  wanted: { image?: string; release?: string; environment?: string; record?: string; signal: AbortSignal },
): AsyncGenerator<DeploymentEvent> {
  const fieldSelector = `spec.owner.componentName=${place.component}`;
  const stop = new AbortController();
  const signal = AbortSignal.any([wanted.signal, stop.signal]);
  const watches = bindingKinds.map((kind) =>
    fairway.resources<BindingObject>(kind).watch({ namespace: place.organization, fieldSelector, signal }),
  );
  let said = '';
  try {
    for await (const { type, object } of merge(watches)) {
      if (type === 'DELETED' || !isWanted(object, wanted)) continue;
      const ready = object.status?.conditions?.find((condition) => condition.type === 'Ready');
      const isCurrent = (object.status?.observedGeneration ?? 0) >= (object.metadata.generation ?? 0);
      if (ready === undefined || !isCurrent) continue;
      const { environment, componentRelease = '' } = object.spec ?? { environment: '' };
      if (ready.status === 'True' && object.status?.componentRelease === componentRelease) {
        yield { type: 'ready', environment, release: componentRelease, urls: object.status.urls ?? [] };
        return;
      }
      if (isFinalFailure(ready.reason)) {
        yield { type: 'failed', stage: 'deploy', message: ready.message };
        return;
      }
      const text = `${ready.reason}: ${ready.message}`;
      if (text !== said) yield { type: 'binding', environment, reason: ready.reason, message: ready.message };
      said = text;
    }
  } finally {
    stop.abort();
  }
}

const isFinalFailure = (reason: string): boolean =>
  reason === 'ResourceHealthDegraded' || reason === 'InvalidConfiguration' || reason.endsWith('ClassNotFound');

function isWanted(binding: BindingObject, wanted: { image?: string; release?: string; environment?: string; record?: string }): boolean {
  const { spec } = binding;
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

async function* merge<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const next = (source: AsyncGenerator<T>) => source.next().then((result) => ({ source, result }));
  const waiting = new Map(sources.map((source) => [source, next(source)]));
  while (waiting.size > 0) {
    const { source, result } = await Promise.race(waiting.values());
    if (result.done === true) waiting.delete(source);
    else {
      waiting.set(source, next(source));
      yield result.value;
    }
  }
}
