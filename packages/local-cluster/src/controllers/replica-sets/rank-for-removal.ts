import { isReady, type PodObject, restartsOf } from '../pods/pod-state.ts';

const phases: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };
const readySince = (pod: PodObject): number => {
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return condition?.status === 'True' ? Date.parse(condition.lastTransitionTime ?? '') || 0 : 0;
};
const cost = (pod: PodObject): number => Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0) || 0;

/** In Kubernetes' order: what is least useful goes first. Negative: `a` before `b`. */
const rules: readonly ((a: PodObject, b: PodObject) => number)[] = [
  (a, b) => Number(a.spec?.nodeName !== undefined) - Number(b.spec?.nodeName !== undefined),
  (a, b) => (phases[a.status?.phase ?? 'Pending'] ?? 0) - (phases[b.status?.phase ?? 'Pending'] ?? 0),
  (a, b) => Number(isReady(a)) - Number(isReady(b)),
  (a, b) => cost(a) - cost(b),
  (a, b) => readySince(b) - readySince(a),
  (a, b) => restartsOf(b) - restartsOf(a),
  (a, b) => Date.parse(b.metadata.creationTimestamp ?? '') - Date.parse(a.metadata.creationTimestamp ?? '') || 0,
  (a, b) => (a.metadata.name < b.metadata.name ? -1 : 1),
];

/** Pods in the order in which they are given up. */
export const rankForRemoval = (pods: readonly PodObject[]): PodObject[] =>
  pods.toSorted((a, b) => rules.map((rule) => rule(a, b)).find((difference) => difference !== 0) ?? 0);
