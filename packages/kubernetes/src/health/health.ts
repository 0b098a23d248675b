import type { Condition, Resource } from '@fairway/resources/model';

export type HealthStatus = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended' | 'Missing' | 'Unknown';

export interface Health {
  status: HealthStatus;
  /** Why, in one sentence; empty when there is nothing to say. */
  message: string;
}

export interface HealthContext {
  /** The workload's pods, where the caller knows them: only they show a crash loop. */
  pods?: readonly Resource[];
}

/** One kind's rule. The object is not being deleted. */
export type HealthRule = (object: Resource, context: HealthContext) => Health;

export const healthy = (message = ''): Health => ({ status: 'Healthy', message });
export const progressing = (message: string): Health => ({ status: 'Progressing', message });
export const degraded = (message: string): Health => ({ status: 'Degraded', message });
export const suspended = (message: string): Health => ({ status: 'Suspended', message });

/** What rules read of objects. Clusters send what they like, so every field may be absent. */
export interface Observed {
  observedGeneration?: number;
  conditions?: readonly Partial<Condition>[];
}

export const specOf = <Spec>(object: Resource): Partial<Spec> => (object.spec ?? {}) as Partial<Spec>;
export const statusOf = <Status>(object: Resource): Partial<Status> & Observed => (object.status ?? {}) as Partial<Status> & Observed;

export const conditionOf = (object: Resource, type: string): Partial<Condition> | undefined =>
  (statusOf<Observed>(object).conditions ?? []).find((condition) => condition.type === type);

/** The condition, when it is true. */
export const trueCondition = (object: Resource, type: string): Partial<Condition> | undefined => {
  const condition = conditionOf(object, type);
  return condition?.status === 'True' ? condition : undefined;
};

/** True while status still speaks of an older spec. */
export const isBehind = (object: Resource): boolean =>
  (object.metadata.generation ?? 0) > (statusOf<Observed>(object).observedGeneration ?? 0);

export const sayCondition = ({ reason = '', message = '' }: Partial<Condition>): string =>
  [reason, message].filter((part) => part !== '').join(': ');
