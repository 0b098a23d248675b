import { Pod, ReplicaSet } from '@fairway/contracts/builtin';
import { type Change, keyOf, type ResourceOf } from '@fairway/resources/model';
import type { Controller } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';
import { lookAgainIn } from '../look-again.ts';
import { claimOwned, ownerUnchanged } from '../pods/claim-owned.ts';
import { controllerReference, makePod } from '../pods/make-pod.ts';
import { availableFrom, controllerOf, isActive, isAvailable, isReady, isTerminating, type PodObject } from '../pods/pod-state.ts';
import { rankForRemoval } from './rank-for-removal.ts';

export type ReplicaSetObject = ResourceOf<typeof ReplicaSet>;

// A set that asks for a thousand pods by mistake must not fill the machine in one commit, nor need a commit that the store refuses as too large.
const maxPodsAtOnce = 50;

/** Creates what is missing, or deletes what is too much; the answer is the changes to commit. */
function changesOf(set: ReplicaSetObject, active: readonly PodObject[], deps: { nameSuffix: () => string; now: number }): Change[] {
  const { spec, metadata } = set;
  const missing = (spec?.replicas ?? 1) - active.length;
  if (spec === undefined || missing === 0) return [];
  if (missing < 0) {
    return rankForRemoval(active)
      .slice(0, Math.min(-missing, maxPodsAtOnce))
      .map((pod): Change => ({ op: 'delete', kind: Pod, key: keyOf(pod) }));
  }
  const owner = controllerReference(ReplicaSet, set);
  const creates = Array.from({ length: Math.min(missing, maxPodsAtOnce) }, (): Change[] => {
    const object = makePod({
      template: spec.template,
      owner,
      namespace: metadata.namespace ?? '',
      prefix: metadata.name,
      suffix: deps.nameSuffix(),
    });
    const message = `Created pod: ${object.metadata.name}`;
    const event = eventChange({ about: set, reason: 'SuccessfulCreate', message, component: 'replicaset-controller', now: deps.now });
    return [{ op: 'create', object }, event];
  });
  return [ownerUnchanged(ReplicaSet, set), ...creates.flat()];
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
  async reconcile(set, { resources, clock, cause }) {
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
    const changes = isTerminating(set) ? [] : changesOf(set, pods.filter(isActive), { ...deps, now: clock.now() });
    if (changes.length > 0) {
      await resources.commit(cause('replicaset.scale'), changes);
      pods = await claimOwned(claim);
    }
    const { status, againInMs } = statusOf(set, pods, clock.now());
    const more = !isTerminating(set) && status.replicas !== (set.spec?.replicas ?? 1) ? 100 : againInMs;
    return { outcome: lookAgainIn(more), status };
  },
});
