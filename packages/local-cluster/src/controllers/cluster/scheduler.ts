import { Node, Pod } from '@fairway/contracts/builtin';
import { keyOf, type ResourceOf } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled, waiting } from '@fairway/resources/reconcile';
import { eventChange } from '../events/event-change.ts';
import { isActive, type PodObject } from '../pods/pod-state.ts';

type NodeObject = ResourceOf<typeof Node>;

/** Why the node cannot take the pod; undefined when it can. */
function refusal(pod: PodObject, node: NodeObject | undefined): string | undefined {
  if (node === undefined) return 'no nodes available to schedule pods';
  const because = (why: string): string => `0/1 nodes are available: 1 ${why}.`;
  if (node.metadata.deletionTimestamp !== undefined || node.spec?.unschedulable === true) return because('node(s) were unschedulable');
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready !== undefined && ready.status !== 'True') return because('node(s) were not ready');
  const fits = Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => node.metadata.labels?.[key] === value);
  return fits ? undefined : because("node(s) didn't match Pod's node affinity/selector");
}

const isKnown = (pod: PodObject, why: string): boolean =>
  pod.status?.conditions?.some(({ type, message }) => type === 'PodScheduled' && message === why) === true;

async function schedule(pod: PodObject, nodeName: string, context: ReconcileContext): Promise<Reconciled> {
  const { resources, cause, clock } = context;
  const mine = (pod.spec?.schedulerName ?? 'default-scheduler') === 'default-scheduler';
  if (pod.spec?.nodeName !== undefined || !isActive(pod) || !mine) return { outcome: settled };
  const why = refusal(pod, await resources.get(Node, { name: nodeName }));
  if (why !== undefined) {
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: why } as const;
    if (!isKnown(pod, why)) {
      const event = { about: pod, type: 'Warning', reason: 'FailedScheduling', message: why, component: 'default-scheduler' } as const;
      await resources.commit(cause('pod.schedule'), [eventChange({ ...event, now: clock.now() })]);
    }
    return { outcome: waiting('Unschedulable', why, 5_000), conditions: [condition] };
  }
  const { namespace = '', name } = pod.metadata;
  const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
  await resources.commit(cause('pod.schedule'), [
    eventChange({ about: pod, reason: 'Scheduled', message, component: 'default-scheduler', now: clock.now() }),
    {
      op: 'mutate',
      kind: Pod,
      key: keyOf(pod),
      change: (current) => {
        const found = current as PodObject | undefined;
        if (found?.spec === undefined || found.metadata.uid !== pod.metadata.uid || found.spec.nodeName !== undefined) return undefined;
        return { ...found, spec: { ...found.spec, nodeName } };
      },
    },
  ]);
  return { outcome: settled };
}

/** Gives every pod to the one node there is, as soon as the node can take it. */
export const createScheduler = (deps: { nodeName: string }): Controller<typeof Pod> => ({
  name: 'local-cluster/scheduler',
  kind: Pod,
  conditionStyle: 'own',
  reconcile: (pod, context) => schedule(pod, deps.nodeName, context),
});
