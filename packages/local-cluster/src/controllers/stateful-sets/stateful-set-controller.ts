import { PersistentVolumeClaim, Pod, StatefulSet } from '@fairway/contracts/builtin';
import { type Change, isProblem, keyOf } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';
import { lookAgainIn } from '../look-again.ts';
import { claimOwned, ownerUnchanged } from '../pods/claim-owned.ts';
import { createSome, refusedAgainMs } from '../pods/create-some.ts';
import { controllerReference } from '../pods/make-pod.ts';
import {
  availableFrom,
  controllerOf,
  isActive,
  isAvailable,
  isFinished,
  isReady,
  isTerminating,
  type PodObject,
} from '../pods/pod-state.ts';
import { outdatedRevisions, type Revision, syncHistory } from '../revisions/revision-history.ts';
import { keepClaims } from './keep-claims.ts';
import { membersOf, planSet, type Step } from './plan-set.ts';
import { claimTemplatesOf, memberName, newClaim, newMember, ordinalOf, revisionOfPod, type StatefulSetObject } from './set-members.ts';

// As with replica sets: a number by mistake must not become one commit.
const maxStepsAtOnce = 50;
const component = 'statefulset-controller';

interface Work {
  set: StatefulSetObject;
  current: Revision;
  update: Revision;
  context: ReconcileContext;
}

const readPods = async (set: StatefulSetObject, { resources, cause }: ReconcileContext): Promise<PodObject[]> => {
  const pods = await claimOwned({
    resources,
    cause: cause('pod.adopt'),
    kind: Pod,
    namespace: set.metadata.namespace ?? '',
    selector: set.spec?.selector ?? {},
    owner: controllerReference(StatefulSet, set),
    ownerTerminating: isTerminating(set),
  });
  return pods.filter((pod) => ordinalOf(set, pod) !== undefined);
};

const happened = (set: StatefulSetObject, reason: string, message: string, now: number): Change =>
  eventChange({ about: set, reason, message, component, now });

/** The pod, and before it the claims that are not there yet. */
async function creation({ set, current, update, context }: Work, step: Step & { is: 'create' }): Promise<Change[]> {
  const { resources, clock } = context;
  const [name, now] = [memberName(set, step.ordinal), clock.now()];
  const changes: Change[] = [];
  for (const template of claimTemplatesOf(set)) {
    const claim = newClaim(set, template, step.ordinal);
    if ((await resources.get(PersistentVolumeClaim, keyOf(claim))) !== undefined) continue;
    const message = `create Claim ${claim.metadata.name} Pod ${name} in StatefulSet ${set.metadata.name} success`;
    changes.push({ op: 'create', object: claim }, happened(set, 'SuccessfulCreate', message, now));
  }
  const object = newMember(set, step.wants === 'current' ? current : update, step.ordinal);
  const message = `create Pod ${name} in StatefulSet ${set.metadata.name} successful`;
  return [...changes, { op: 'create', object }, happened(set, 'SuccessfulCreate', message, now)];
}

async function changesOf(work: Work, steps: readonly Step[]): Promise<Change[][]> {
  const { set, context } = work;
  const changes: Change[][] = [];
  for (const step of steps.slice(0, maxStepsAtOnce)) {
    if (step.is === 'create') changes.push(await creation(work, step));
    else {
      const message = `delete Pod ${step.pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
      changes.push([{ op: 'delete', kind: Pod, key: keyOf(step.pod) }, happened(set, 'SuccessfulDelete', message, context.clock.now())]);
    }
  }
  return changes;
}

function statusOf({ set, current, update, context }: Work, pods: readonly PodObject[]) {
  const [now, minReadySeconds, wanted] = [context.clock.now(), set.spec?.minReadySeconds ?? 0, set.spec?.replicas ?? 1];
  const created = pods.filter((pod) => !isFinished(pod));
  const active = pods.filter(isActive);
  const at = (revision: Revision): number => active.filter((pod) => revisionOfPod(pod) === revision.metadata.name).length;
  const readyReplicas = active.filter(isReady).length;
  const updatedReplicas = at(update);
  const isDone = updatedReplicas === wanted && readyReplicas === wanted && created.length === wanted;
  const comesFrom = isDone && set.spec?.updateStrategy?.type !== 'OnDelete' ? update : current;
  const next = active
    .map((pod) => availableFrom(pod, minReadySeconds) ?? 0)
    .filter((from) => from > now)
    .sort((a, b) => a - b)[0];
  return {
    status: {
      observedGeneration: set.metadata.generation ?? 1,
      replicas: created.length,
      readyReplicas,
      availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
      currentReplicas: at(comesFrom),
      updatedReplicas,
      currentRevision: comesFrom.metadata.name,
      updateRevision: update.metadata.name,
      collisionCount: set.status?.collisionCount ?? 0,
    },
    againInMs: next === undefined ? undefined : next - now + 1,
  };
}

async function readWork(set: StatefulSetObject, context: ReconcileContext): Promise<(Work & { history: Revision[] }) | undefined> {
  const { spec, status } = set;
  if (spec === undefined) return undefined;
  const historian = { kind: StatefulSet, owner: set, selector: spec.selector, template: spec.template };
  const history = await syncHistory({ ...historian, collisions: status?.collisionCount ?? 0 }, context);
  const update = history.at(-1);
  if (update === undefined) return undefined;
  const current = history.find(({ metadata }) => metadata.name === status?.currentRevision) ?? update;
  return { set, current, update, context, history };
}

async function reconcileSet(set: StatefulSetObject, context: ReconcileContext): Promise<Reconciled> {
  const { resources, cause, clock } = context;
  // Its pods go by the garbage collector.
  if (isTerminating(set)) return { outcome: settled };
  let work: Awaited<ReturnType<typeof readWork>>;
  try {
    work = await readWork(set, context);
  } catch (error) {
    if (!isProblem(error, 'already-exists')) throw error;
    // The next name is made from another number.
    return { outcome: lookAgainIn(10), status: { collisionCount: (set.status?.collisionCount ?? 0) + 1 } };
  }
  if (work === undefined) return { outcome: settled };
  let pods = await readPods(set, context);
  const kept = await keepClaims(set, membersOf({ set, pods }), context);
  if (kept.length > 0) await resources.commit(cause('statefulset.keep-claims'), kept);
  const steps = planSet({ set, pods, update: work.update.metadata.name, now: clock.now() });
  let isRefused = false;
  const changes = await changesOf(work, steps);
  if (changes.length > 0) {
    const guard = ownerUnchanged(StatefulSet, set);
    isRefused = !(await createSome({ owner: set, component, action: 'statefulset.scale', guard, each: changes }, context));
    pods = await readPods(set, context);
  }
  const { status, againInMs } = statusOf(work, pods);
  const living = new Set([status.currentRevision, status.updateRevision, ...pods.map((pod) => revisionOfPod(pod) ?? '')]);
  const outdated = outdatedRevisions(work.history, living, set.spec?.revisionHistoryLimit ?? 10);
  if (outdated.length > 0) await resources.commit(cause('revision.forget'), outdated);
  if (isRefused) return { outcome: lookAgainIn(refusedAgainMs), status };
  return { outcome: lookAgainIn(steps.length > maxStepsAtOnce ? 100 : againInMs), status };
}

/** Keeps the pods of a StatefulSet: each with its own name, its own place in the order and its own claims. */
export const createStatefulSetController = (): Controller<typeof StatefulSet> => ({
  name: 'local-cluster/stateful-set',
  kind: StatefulSet,
  conditionStyle: 'own',
  resyncMs: 60_000,
  watches: [
    {
      kind: Pod,
      wakes: (pod) => {
        const owner = controllerOf(pod);
        return owner?.kind === StatefulSet.kind ? [{ namespace: pod.metadata.namespace ?? '', name: owner.name }] : [];
      },
    },
  ],
  reconcile: reconcileSet,
});
