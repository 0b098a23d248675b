import { isAvailable, isFinished, isReady, isTerminating, type PodObject } from '../pods/pod-state.ts';
import { firstOrdinal, ordinalOf, revisionOfPod, type StatefulSetObject } from './set-members.ts';

export type Step = { is: 'create'; ordinal: number; wants: 'current' | 'update' } | { is: 'delete'; pod: PodObject };

export interface SetState {
  set: StatefulSetObject;
  pods: readonly PodObject[];
  /** Name of the revision that new pods get. */
  update: string;
  now: number;
}

export interface Members {
  wanted: { ordinal: number; pod?: PodObject }[];
  /** Beyond the wanted number, the highest first. */
  condemned: PodObject[];
}

/** The set's places in their order, and the pods that have none. */
export function membersOf({ set, pods }: Pick<SetState, 'set' | 'pods'>): Members {
  const [first, replicas] = [firstOrdinal(set), set.spec?.replicas ?? 1];
  const byOrdinal = new Map(
    pods.flatMap((pod) => {
      const ordinal = ordinalOf(set, pod);
      return ordinal === undefined ? [] : [[ordinal, pod] as const];
    }),
  );
  const wanted = Array.from({ length: replicas }, (_, index) => {
    const pod = byOrdinal.get(first + index);
    return { ordinal: first + index, ...(pod === undefined ? {} : { pod }) };
  });
  const condemned = [...byOrdinal].filter(([ordinal]) => ordinal < first || ordinal >= first + replicas).toSorted(([a], [b]) => b - a);
  return { wanted, condemned: condemned.map(([, pod]) => pod) };
}

const isHealthy = (pod: PodObject, { set, now }: SetState): boolean =>
  !isTerminating(pod) && !isFinished(pod) && isReady(pod) && isAvailable(pod, set.spec?.minReadySeconds ?? 0, now);

/** Below the partition a pod that must be made anew stays at the revision that the set comes from. */
const partitionOf = ({ spec }: StatefulSetObject): number => spec?.updateStrategy?.rollingUpdate?.partition ?? 0;

function planWanted(state: SetState, wanted: Members['wanted'], isOrdered: boolean): { steps: Step[]; waits: boolean } {
  const { set } = state;
  const rolls = set.spec?.updateStrategy?.type !== 'OnDelete';
  const steps: Step[] = [];
  for (const { ordinal, pod } of wanted) {
    if (pod === undefined) {
      const wants = rolls && ordinal < firstOrdinal(set) + partitionOf(set) ? 'current' : 'update';
      steps.push({ is: 'create', ordinal, wants });
    } else if (isFinished(pod) && !isTerminating(pod)) steps.push({ is: 'delete', pod });
    else if (isHealthy(pod, state)) continue;
    if (isOrdered) return { steps, waits: true };
  }
  return { steps, waits: steps.length > 0 };
}

function planCondemned(state: SetState, { wanted, condemned }: Members, isOrdered: boolean): { steps: Step[]; waits: boolean } {
  const unhealthy = [...wanted.flatMap(({ pod }) => pod ?? []), ...condemned.toReversed()].find((pod) => !isHealthy(pod, state));
  const steps: Step[] = [];
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (isOrdered) return { steps, waits: true };
      continue;
    }
    // Of an ordered set nothing healthy goes while another is unwell.
    if (isOrdered && unhealthy !== undefined && unhealthy !== pod) return { steps, waits: true };
    steps.push({ is: 'delete', pod });
    if (isOrdered) break;
  }
  return { steps, waits: steps.length > 0 };
}

/** One old pod, the one with the highest ordinal, when all above it are new and well. */
function planUpdate(state: SetState, wanted: Members['wanted']): Step[] {
  const { set, update } = state;
  if (set.spec?.updateStrategy?.type === 'OnDelete') return [];
  for (const { ordinal, pod } of wanted.toReversed()) {
    if (ordinal < firstOrdinal(set) + partitionOf(set)) return [];
    if (pod === undefined || isTerminating(pod)) return [];
    if (revisionOfPod(pod) !== update) return [{ is: 'delete', pod }];
    if (!isHealthy(pod, state)) return [];
  }
  return [];
}

/** What is done next, in Kubernetes' order: fill the places, empty those that are not wanted, then renew. */
export function planSet(state: SetState): Step[] {
  const members = membersOf(state);
  const isOrdered = state.set.spec?.podManagementPolicy !== 'Parallel';
  const filling = planWanted(state, members.wanted, isOrdered);
  if (filling.waits && isOrdered) return filling.steps;
  const emptying = planCondemned(state, members, isOrdered);
  const steps = [...filling.steps, ...emptying.steps];
  return steps.length > 0 || emptying.waits ? steps : planUpdate(state, members.wanted);
}
