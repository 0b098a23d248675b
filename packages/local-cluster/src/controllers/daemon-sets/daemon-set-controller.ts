import { DaemonSet, Node, Pod } from '@fairway/contracts/builtin';
import { type Change, isProblem, keyOf, type ResourceOf } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';
import { lookAgainIn } from '../look-again.ts';
import { claimOwned, ownerUnchanged } from '../pods/claim-owned.ts';
import { createSome } from '../pods/create-some.ts';
import { controllerReference, makePod } from '../pods/make-pod.ts';
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
import { hashOf, outdatedRevisions, type Revision, syncHistory } from '../revisions/revision-history.ts';

type DaemonSetObject = ResourceOf<typeof DaemonSet>;

interface Deps {
  nodeName: string;
  nameSuffix: () => string;
}

const component = 'daemonset-controller';
const revisionLabel = 'controller-revision-hash';
// A node that begins to fit wakes nobody.
const lookForNodesMs = 10_000;

interface Work {
  set: DaemonSetObject;
  pods: readonly PodObject[];
  /** The node is there and has the labels that the pods ask for. */
  fits: boolean;
  hash: string;
  now: number;
}

const readPods = (set: DaemonSetObject, { resources, cause }: ReconcileContext): Promise<PodObject[]> =>
  claimOwned({
    resources,
    cause: cause('pod.adopt'),
    kind: Pod,
    namespace: set.metadata.namespace ?? '',
    selector: set.spec?.selector ?? {},
    owner: controllerReference(DaemonSet, set),
    ownerTerminating: isTerminating(set),
  });

const happened = ({ set, now }: Work, reason: string, message: string): Change =>
  eventChange({ about: set, reason, message, component, now });

const removal = (work: Work, pod: PodObject): Change[] => [
  { op: 'delete', kind: Pod, key: keyOf(pod) },
  happened(work, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`),
];

function creation(work: Work, nameSuffix: () => string): Change[] {
  const { set, hash } = work;
  const object = makePod({
    template: set.spec?.template ?? { spec: { containers: [] } },
    owner: controllerReference(DaemonSet, set),
    namespace: set.metadata.namespace ?? '',
    prefix: set.metadata.name,
    suffix: nameSuffix(),
    labels: { [revisionLabel]: hash },
  });
  return [{ op: 'create', object }, happened(work, 'SuccessfulCreate', `Created pod: ${object.metadata.name}`)];
}

const isSurging = ({ spec }: DaemonSetObject): boolean => {
  const { maxSurge = 0 } = spec?.updateStrategy?.rollingUpdate ?? {};
  return maxSurge !== 0 && maxSurge !== '0%';
};

/** What is done next on the one node: what ended goes, then one pod of the present template takes the place of an older one. */
function changesOf(work: Work, nameSuffix: () => string): Change[] {
  const { set, pods, fits, hash, now } = work;
  const failed = pods.filter((pod) => isFinished(pod) && !isTerminating(pod));
  if (failed.length > 0) return failed.flatMap((pod) => removal(work, pod));
  const active = pods.filter(isActive);
  if (!fits) return active.flatMap((pod) => removal(work, pod));
  const isNew = (pod: PodObject): boolean => pod.metadata.labels?.[revisionLabel] === hash;
  const [fresh, old] = [active.filter(isNew), active.filter((pod) => !isNew(pod))];
  const [first, ...doubles] = [...fresh, ...old];
  // The place is free when the processes before have gone.
  if (first === undefined) return pods.some(isTerminating) ? [] : creation(work, nameSuffix);
  if (set.spec?.updateStrategy?.type === 'OnDelete') return doubles.flatMap((pod) => removal(work, pod));
  if (!isSurging(set)) return [...fresh.slice(1), ...old].flatMap((pod) => removal(work, pod));
  if (fresh.length === 0) return creation(work, nameSuffix);
  return isAvailable(first, set.spec?.minReadySeconds ?? 0, now) ? doubles.flatMap((pod) => removal(work, pod)) : [];
}

function statusOf({ set, pods, fits, hash, now }: Work) {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const active = pods.filter(isActive);
  const wanted = fits ? 1 : 0;
  const some = (fit: (pod: PodObject) => boolean): number => (active.some(fit) ? 1 : 0);
  const available = Math.min(
    wanted,
    some((pod) => isAvailable(pod, minReadySeconds, now)),
  );
  const next = active
    .map((pod) => availableFrom(pod, minReadySeconds) ?? 0)
    .filter((from) => from > now)
    .sort((a, b) => a - b)[0];
  return {
    status: {
      observedGeneration: set.metadata.generation ?? 1,
      desiredNumberScheduled: wanted,
      currentNumberScheduled: Math.min(wanted, active.length),
      numberMisscheduled: fits ? 0 : some(() => true),
      numberReady: Math.min(wanted, some(isReady)),
      updatedNumberScheduled: Math.min(
        wanted,
        some((pod) => pod.metadata.labels?.[revisionLabel] === hash),
      ),
      numberAvailable: available,
      numberUnavailable: wanted - available,
    },
    againInMs: Math.min(lookForNodesMs, next === undefined ? lookForNodesMs : next - now + 1),
  };
}

const hasPlace = async (set: DaemonSetObject, nodeName: string, { resources }: ReconcileContext): Promise<boolean> => {
  const node = await resources.get(Node, { name: nodeName });
  const asked = Object.entries(set.spec?.template.spec.nodeSelector ?? {});
  return node !== undefined && !isTerminating(node) && asked.every(([key, value]) => node.metadata.labels?.[key] === value);
};

async function reconcileSet(set: DaemonSetObject, context: ReconcileContext, { nodeName, nameSuffix }: Deps): Promise<Reconciled> {
  const { resources, cause, clock } = context;
  const { spec } = set;
  // Its pods go by the garbage collector.
  if (isTerminating(set) || spec === undefined) return { outcome: settled };
  const collisions = set.status?.collisionCount ?? 0;
  let history: Revision[];
  try {
    history = await syncHistory({ kind: DaemonSet, owner: set, selector: spec.selector, template: spec.template, collisions }, context);
  } catch (error) {
    if (!isProblem(error, 'already-exists')) throw error;
    return { outcome: lookAgainIn(10), status: { collisionCount: collisions + 1 } };
  }
  const latest = history.at(-1);
  const hash = latest === undefined ? '' : hashOf(latest);
  const work: Work = { set, pods: await readPods(set, context), fits: await hasPlace(set, nodeName, context), hash, now: clock.now() };
  const changes = changesOf(work, nameSuffix);
  if (changes.length > 0) {
    const guard = ownerUnchanged(DaemonSet, set);
    await createSome({ owner: set, component, action: 'daemonset.run', guard, each: [changes] }, context);
    work.pods = await readPods(set, context);
  }
  const hashes = new Set([hash, ...work.pods.map((pod) => pod.metadata.labels?.[revisionLabel] ?? '')]);
  const living = new Set(history.filter((revision) => hashes.has(hashOf(revision))).map(({ metadata }) => metadata.name));
  const outdated = outdatedRevisions(history, living, spec.revisionHistoryLimit ?? 10);
  if (outdated.length > 0) await resources.commit(cause('revision.forget'), outdated);
  const { status, againInMs } = statusOf(work);
  return { outcome: lookAgainIn(againInMs), status };
}

/** Keeps one pod of a DaemonSet on the node, as long as the node has what the pod asks for. */
export const createDaemonSetController = (deps: Deps): Controller<typeof DaemonSet> => ({
  name: 'local-cluster/daemon-set',
  kind: DaemonSet,
  conditionStyle: 'own',
  resyncMs: 60_000,
  watches: [
    {
      kind: Pod,
      wakes: (pod) => {
        const owner = controllerOf(pod);
        return owner?.kind === DaemonSet.kind ? [{ namespace: pod.metadata.namespace ?? '', name: owner.name }] : [];
      },
    },
  ],
  reconcile: (set, context) => reconcileSet(set, context, deps),
});
