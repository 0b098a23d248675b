import type { KubernetesCondition } from '@fairway/contracts/builtin';
import { timestamp } from '@fairway/resources/model';
import type { Reconciled } from '@fairway/resources/reconcile';

interface Said {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
}

export const findCondition = (conditions: readonly KubernetesCondition[] | undefined, type: string): KubernetesCondition | undefined =>
  conditions?.find((condition) => condition.type === type);

/** The list with this condition said anew: the transition time moves with the status, the update time with status or reason. */
export function withCondition(conditions: readonly KubernetesCondition[], said: Said, now: number): KubernetesCondition[] {
  const before = findCondition(conditions, said.type);
  if (before?.status === said.status && before.reason === said.reason) {
    return conditions.map((condition) => (condition === before ? { ...condition, message: said.message } : condition));
  }
  const at = timestamp(now);
  const transition = before?.status === said.status ? (before.lastTransitionTime ?? at) : at;
  return [...conditions.filter((condition) => condition !== before), { ...said, lastUpdateTime: at, lastTransitionTime: transition }];
}

/** Conditions as a reconciler answers them: the loop writes them, and their transition times. */
export const answered = (conditions: readonly KubernetesCondition[]): NonNullable<Reconciled['conditions']> =>
  conditions.map(({ lastTransitionTime: _, reason = '', message = '', ...rest }) => ({ ...rest, reason, message }));
