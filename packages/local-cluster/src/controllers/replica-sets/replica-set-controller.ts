import { Pod, ReplicaSet } from '@fairway/contracts/builtin';
import { type Change, keyOf, type ResourceOf } from '@fairway/resources/model';
import type { Controller, ReconcileContext } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';
import { lookAgainIn } from '../look-again.ts';
import { claimOwned, ownerUnchanged } from '../pods/claim-owned.ts';
import { createSome, refusedAgainMs } from '../pods/create-some.ts';
import { controllerReference, makePod } from '../pods/make-pod.ts';
import { availableFrom, controllerOf, isActive, isAvailable, isReady, isTerminating, type PodObject } from '../pods/pod-state.ts';
import { rankForRemoval } from './rank-for-removal.ts';

export type ReplicaSetObject = ResourceOf<typeof ReplicaSet>;

// A set that asks for a thousand pods by mistake must not fill the machine in one commit, nor need a commit that the store refuses as too large.
const maxPodsAtOnce = 50;
const component = 'replicaset-controller';

const removals = (active: readonly PodObject[], surplus: number): Change[] =>
  rankForRemoval(active)
    .slice(0, Math.min(surplus, maxPodsAtOnce))
    .map((pod) => ({ op: 'delete', kind: Pod, key: keyOf(pod) }));

function creations(set: ReplicaSetObject, missing: number, deps: { nameSuffix: () => string; now: number }): Change[][] {
  const { spec, metadata } = set;
  if (spec === undefined) return [];
  const owner = controllerReference(ReplicaSet, set);
  return Array.from({ length: Math.min(missing, maxPodsAtOnce) }, (): Change[] => {
    const object = makePod({
      template: spec.template,
      owner,
      namespace: metadata.namespace ?? '',
      prefix: metadata.name,
      suffix: deps.nameSuffix(),
    });
    const message = `Created pod: ${object.metadata.name}`;
    return [{ op: 'create', object }, eventChange({ about: set, reason: 'SuccessfulCreate', message, component, now: deps.now })];
  });
}

/** Creates what is missing, or deletes what is too much. */
async function scale(set: ReplicaSetObject, active: readonly PodObject[], context: ReconcileContext, nameSuffix: () => string) {
  const missing = (set.spec?.replicas ?? 1) - active.length;
  if (missing === 0) return 'same';
  const action = 'replicaset.scale';
  if (missing < 0) {
    await context.resources.commit(context.cause(action), removals(active, -missing));
    return 'scaled';
  }
  const each = creations(set, missing, { nameSuffix, now: context.clock.now() });
  const done = await createSome({ owner: set, component, action, guard: ownerUnchanged(ReplicaSet, set), each }, context);
  return done ? 'scaled' : 'refused';
}

function statusOf(set: ReplicaSetObject, pods: readonly PodObject[], now: number) {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const active = pods.filter(isActive);
  const wanted = Object.entries(set.spec?.template.metadata?.labels ?? {});
  const next = active
    .map((pod) => availableFrom(pod, minReadySeconds) ?? 0)
    .filter((from) => from > now)
    .sort((a, b) => a - b)[0];
  return {
    status: {
      replicas: active.length,
      fullyLabeledReplicas: active.filter((pod) => wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)).length,
      readyReplicas: active.filter(isReady).length,
      availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
      terminatingReplicas: pods.filter(isTerminating).length,
      observedGeneration: set.metadata.generation ?? 1,
    },
    /** A ready pod becomes available by time alone: nobody else would wake us. */
    againInMs: next === undefined ? undefined : next - now + 1,
  };
}

/** Keeps as many pods as a ReplicaSet wants. */
export const createReplicaSetController = (deps: { nameSuffix: () => string }): Controller<typeof ReplicaSet> => ({
  name: 'local-cluster/replica-set',
  kind: ReplicaSet,
  conditionStyle: 'own',
  resyncMs: 60_000,
  watches: [
    {
      kind: Pod,
      wakes: (pod) => {
        const owner = controllerOf(pod);
        return owner?.kind === ReplicaSet.kind ? [{ namespace: pod.metadata.namespace ?? '', name: owner.name }] : [];
      },
    },
  ],
  async reconcile(set, context) {
    const { resources, clock, cause } = context;
    const claim = {
      resources,
      cause: cause('pod.adopt'),
      kind: Pod,
      namespace: set.metadata.namespace ?? '',
      selector: set.spec?.selector ?? {},
      owner: controllerReference(ReplicaSet, set),
      ownerTerminating: isTerminating(set),
    };
    let pods = await claimOwned(claim);
    const outcome = isTerminating(set) ? 'same' : await scale(set, pods.filter(isActive), context, deps.nameSuffix);
    if (outcome !== 'same') pods = await claimOwned(claim);
    const { status, againInMs } = statusOf(set, pods, clock.now());
    if (outcome === 'refused') return { outcome: lookAgainIn(refusedAgainMs), status };
    const more = !isTerminating(set) && status.replicas !== (set.spec?.replicas ?? 1) ? 100 : againInMs;
    return { outcome: lookAgainIn(more), status };
  },
});
