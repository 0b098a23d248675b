import { Pod } from '@fairway/contracts/builtin';
import { type AnyResource, type Change, isProblem } from '@fairway/resources/model';
import type { AgentContext } from './agent-context.ts';
import { finalizer, keyOfPod, type PodObject, type PodStatusValue, uidOf } from './pod-object.ts';

/** Commits a change of this very pod; the answer is the pod as stored, or undefined when it is gone or another one has its name. */
async function mutatePod(
  { resources, cause }: AgentContext,
  pod: PodObject,
  { action, subresource, change }: { action: string; subresource?: 'status'; change: (current: PodObject) => PodObject | undefined },
): Promise<PodObject | undefined> {
  let isOurs = false;
  const mutation: Change = {
    op: 'mutate',
    kind: Pod,
    key: keyOfPod(pod),
    ...(subresource === undefined ? {} : { subresource }),
    change: (current: AnyResource | undefined) => {
      isOurs = current?.metadata.uid === uidOf(pod);
      return isOurs ? change(current as unknown as PodObject) : undefined;
    },
  };
  try {
    const [result] = await resources.commit(cause(action), [mutation]);
    return isOurs ? (result?.object as unknown as PodObject) : undefined;
  } catch (error) {
    if (isProblem(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Puts the finalizer and annotations on the pod, where they are missing. Nothing is started before this has answered. */
export function markPod(
  context: AgentContext,
  pod: PodObject,
  annotations: Readonly<Record<string, string>>,
): Promise<PodObject | undefined> {
  const isMarked = (found: PodObject): boolean =>
    (found.metadata.finalizers?.includes(finalizer) === true || found.metadata.deletionTimestamp !== undefined) &&
    Object.entries(annotations).every(([key, value]) => found.metadata.annotations?.[key] === value);
  if (isMarked(pod)) return Promise.resolve(pod);
  return mutatePod(context, pod, {
    action: 'pod.mark',
    change: (current) => {
      if (isMarked(current)) return undefined;
      const { metadata } = current;
      const finalizers = metadata.finalizers ?? [];
      const mayAdd = metadata.deletionTimestamp === undefined && !finalizers.includes(finalizer);
      return {
        ...current,
        metadata: {
          ...metadata,
          annotations: { ...metadata.annotations, ...annotations },
          finalizers: mayAdd ? [...finalizers, finalizer] : finalizers,
        },
      };
    },
  });
}

/** Lets the pod go: everything of it is down. */
export async function releasePod(context: AgentContext, pod: PodObject): Promise<void> {
  await mutatePod(context, pod, {
    action: 'pod.release',
    change: (current) => {
      const { finalizers = [] } = current.metadata;
      if (!finalizers.includes(finalizer)) return undefined;
      return { ...current, metadata: { ...current.metadata, finalizers: finalizers.filter((name) => name !== finalizer) } };
    },
  });
}

/** Writes the status if it says something new. Conditions of others are kept as they are in the store. */
export async function writePodStatus(
  context: AgentContext,
  pod: PodObject,
  makeStatus: (current: PodObject) => PodStatusValue,
): Promise<PodObject | undefined> {
  const isNew = (current: PodObject, status: PodStatusValue): boolean => JSON.stringify(current.status) !== JSON.stringify(status);
  if (!isNew(pod, makeStatus(pod))) return pod;
  return mutatePod(context, pod, {
    action: 'pod.status',
    subresource: 'status',
    change: (current) => {
      const status = makeStatus(current);
      return isNew(current, status) ? { ...current, status } : undefined;
    },
  });
}
