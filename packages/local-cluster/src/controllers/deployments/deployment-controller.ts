import { Deployment, Pod, ReplicaSet } from '@fairway/contracts/builtin';
import { type Change, isProblem, keyOf, type Resource } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';
import { lookAgainIn } from '../look-again.ts';
import { claimOwned, ownerUnchanged } from '../pods/claim-owned.ts';
import { answered } from '../pods/conditions.ts';
import { selectorText } from '../pods/label-selector.ts';
import { controllerReference } from '../pods/make-pod.ts';
import { controllerOf, isControlledBy, isTerminating } from '../pods/pod-state.ts';
import type { ReplicaSetObject } from '../replica-sets/replica-set-controller.ts';
import { deploymentStatus, isComplete } from './deployment-status.ts';
import { boundsOf, isRecreate, isResized, planRecreate, planResize, planRolling, type Scale } from './plan-rollout.ts';
import { type DeploymentObject, desiredAnnotation, revisionOf, type SetView, splitSets, viewSet } from './replica-sets-of.ts';
import { annotationsOfSet, newReplicaSet, scaled } from './write-replica-set.ts';

interface Sets {
  current: SetView | undefined;
  old: SetView[];
}

async function readSets(deployment: DeploymentObject, context: ReconcileContext): Promise<Sets> {
  const { resources, clock, cause } = context;
  const namespace = deployment.metadata.namespace ?? '';
  const selector = deployment.spec?.selector ?? {};
  const owner = controllerReference(Deployment, deployment);
  const ownerTerminating = isTerminating(deployment);
  const sets = await claimOwned({
    resources,
    cause: cause('replicaset.adopt'),
    kind: ReplicaSet,
    namespace,
    selector,
    owner,
    ownerTerminating,
  });
  const pods = (await resources.list(Pod, { namespace, labelSelector: selectorText(selector) })).items;
  const now = clock.now();
  const view = (set: ReplicaSetObject): SetView =>
    viewSet(
      set,
      pods.filter((pod) => isControlledBy(pod, set.metadata.uid)),
      now,
    );
  const { current, old } = splitSets(deployment, sets);
  return { current: current === undefined ? undefined : view(current), old: old.map(view) };
}

const scalingEvent = (deployment: DeploymentObject, message: string, now: number): Change =>
  eventChange({ about: deployment, reason: 'ScalingReplicaSet', message, component: 'deployment-controller', now });

const scaleChanges = (deployment: DeploymentObject, scales: readonly Scale[], now: number): Change[] =>
  scales.flatMap(({ view, replicas }): Change[] => {
    const { set } = view;
    const scale: Change = { op: 'mutate', kind: ReplicaSet, key: keyOf(set), change: scaled(deployment, replicas) };
    if (replicas === view.replicas) return [scale];
    const direction = replicas > view.replicas ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${view.replicas} to ${replicas}`;
    return [scale, scalingEvent(deployment, message, now)];
  });

/** A rollout that must stop the old before the new starts: by strategy, or because the old one holds a port that cannot be shared. */
const mustRecreate = (deployment: DeploymentObject, { old }: Sets): boolean =>
  (deployment.spec !== undefined && isRecreate(deployment.spec)) || old.some((view) => view.hasFixedPort);

/** Changes of the next step; none when the rollout waits or is done. */
function nextStep(deployment: DeploymentObject, sets: Sets, now: number): { changes: Change[]; event?: 'created' } {
  const { spec } = deployment;
  if (spec === undefined || isTerminating(deployment)) return { changes: [] };
  const bounds = boundsOf(spec);
  const all = [...(sets.current === undefined ? [] : [sets.current]), ...sets.old];
  if (spec.paused === true || isResized(all, bounds.replicas)) {
    const scales = planResize(sets.current, sets.old, bounds);
    const marks = all.filter(
      ({ set, replicas }) => replicas > 0 && set.metadata.annotations?.[desiredAnnotation] !== String(bounds.replicas),
    );
    const rest = marks.filter((view) => !scales.some((scale) => scale.view === view)).map((view) => ({ view, replicas: view.replicas }));
    return { changes: scaleChanges(deployment, [...scales, ...rest], now) };
  }
  const recreate = mustRecreate(deployment, sets);
  if (sets.current === undefined) {
    if (recreate) {
      const down = scaleChanges(deployment, planRecreate(undefined, sets.old, bounds.replicas), now);
      if (down.length > 0 || sets.old.some((view) => view.hasLiving)) return { changes: down };
    }
    const others = sets.old.reduce((sum, view) => sum + view.replicas, 0);
    const replicas = Math.max(0, Math.min(bounds.replicas, bounds.replicas + bounds.surge - others));
    const set = newReplicaSet(
      deployment,
      sets.old.map(({ set: old }) => old),
      replicas,
    );
    const event = scalingEvent(deployment, `Scaled up replica set ${set.metadata.name} from 0 to ${replicas}`, now);
    return { changes: [ownerUnchanged(Deployment, deployment), { op: 'create', object: set }, event], event: 'created' };
  }
  const scales = recreate ? planRecreate(sets.current, sets.old, bounds.replicas) : planRolling(sets.current, sets.old, bounds);
  return { changes: scaleChanges(deployment, scales, now) };
}

/** Revision and copied annotations of the current set, and the revision on the Deployment itself. */
function bookkeeping(deployment: DeploymentObject, sets: Sets): Change[] {
  if (sets.current === undefined) return [];
  const { set } = sets.current;
  const { annotations, revision } = annotationsOfSet(
    deployment,
    set,
    sets.old.map(({ set: old }) => old),
  );
  const has = set.metadata.annotations ?? {};
  const minReadySeconds = deployment.spec?.minReadySeconds;
  const sameAnnotations = Object.entries(annotations).every(([key, value]) => has[key] === value);
  const changes: Change[] = [];
  if (!sameAnnotations || set.spec?.minReadySeconds !== minReadySeconds) {
    changes.push({
      op: 'mutate',
      kind: ReplicaSet,
      key: keyOf(set),
      change: (current) => {
        if (current === undefined) return undefined;
        const { minReadySeconds: _, ...spec } = (current as ReplicaSetObject).spec ?? {};
        return {
          ...current,
          metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, ...annotations } },
          spec: { ...spec, ...(minReadySeconds === undefined ? {} : { minReadySeconds }) },
        };
      },
    });
  }
  if (revisionOf(deployment) !== revision) {
    changes.push({ op: 'mutate', kind: Deployment, key: keyOf(deployment), change: (current) => withRevision(current, revision) });
  }
  return changes;
}

const withRevision = (current: Resource | undefined, revision: number): Resource | undefined =>
  current === undefined
    ? undefined
    : {
        ...current,
        metadata: {
          ...current.metadata,
          annotations: { ...current.metadata.annotations, 'deployment.kubernetes.io/revision': String(revision) },
        },
      };

/** Old sets beyond the history limit, oldest revision first; only when the rollout is done. */
function outdated(deployment: DeploymentObject, sets: Sets): Change[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const empty = sets.old
    .filter((view) => view.replicas === 0 && view.active === 0 && view.terminating === 0 && !isTerminating(view.set))
    .toSorted((a, b) => revisionOf(a.set) - revisionOf(b.set));
  return empty.slice(0, Math.max(0, empty.length - limit)).map(({ set }) => ({ op: 'delete', kind: ReplicaSet, key: keyOf(set) }));
}

// Each step looks at fresh numbers. A rollout needs two or three in a row; the bound keeps one reconcile short.
const maxSteps = 4;

type Event = 'created' | 'found';

/** Takes steps until nothing is left to do just now. `collision`: a set of another owner has the name. */
async function roll(
  deployment: DeploymentObject,
  context: ReconcileContext,
): Promise<Sets & { event?: Event; collision?: true; isRewritten?: true }> {
  const { resources, cause } = context;
  let sets = await readSets(deployment, context);
  const records = isTerminating(deployment) ? [] : bookkeeping(deployment, sets);
  if (records.length > 0) {
    await resources.commit(cause('deployment.record-revision'), records);
    // The Deployment itself was written: the watch brings its new form.
    if (records.some((change) => 'kind' in change && change.kind === Deployment)) return { ...sets, isRewritten: true };
    sets = await readSets(deployment, context);
  }
  const isKnown = deployment.status?.conditions?.some(({ type }) => type === 'Progressing') === true;
  let event: Event | undefined = sets.current !== undefined && !isKnown ? 'found' : undefined;
  for (let step = 0; step < maxSteps; step += 1) {
    const next = nextStep(deployment, sets, context.clock.now());
    if (next.changes.length === 0) break;
    try {
      await resources.commit(cause('deployment.roll'), next.changes);
    } catch (error) {
      if (next.event !== 'created' || !isProblem(error, 'already-exists')) throw error;
      return { ...sets, collision: true };
    }
    event = next.event ?? event;
    sets = await readSets(deployment, context);
  }
  return { ...sets, ...(event === undefined ? {} : { event }) };
}

async function reconcileDeployment(deployment: DeploymentObject, context: ReconcileContext): Promise<Reconciled> {
  const { resources, clock, cause } = context;
  const { collision, isRewritten, ...sets } = await roll(deployment, context);
  if (isRewritten) return { outcome: settled };
  if (collision) {
    // The next name is made from another number.
    return { outcome: lookAgainIn(10), status: { collisionCount: (deployment.status?.collisionCount ?? 0) + 1 } };
  }
  const { counts, conditions, againInMs } = deploymentStatus(deployment, { ...sets, now: clock.now() });
  const done = isComplete(counts, deployment.spec?.replicas ?? 1);
  const cleanup = done && !isTerminating(deployment) ? outdated(deployment, sets) : [];
  if (cleanup.length > 0) await resources.commit(cause('deployment.forget-revision'), cleanup);
  return { outcome: lookAgainIn(againInMs), status: { ...counts }, conditions: answered(conditions) };
}

/** Rolls a Deployment's pods from one template to the next. */
export const createDeploymentController = (): Controller<typeof Deployment> => ({
  name: 'local-cluster/deployment',
  kind: Deployment,
  conditionStyle: 'own',
  resyncMs: 60_000,
  watches: [
    {
      kind: ReplicaSet,
      wakes: (set) => {
        const owner = controllerOf(set);
        return owner?.kind === Deployment.kind ? [{ namespace: set.metadata.namespace ?? '', name: owner.name }] : [];
      },
    },
  ],
  reconcile: reconcileDeployment,
});
