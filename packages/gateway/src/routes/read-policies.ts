import type { HttpRoute, Policy } from './route-table.ts';

const targetFields = new Set(['targetRef', 'targetRefs', 'targetSelectors', 'mergeType']);

const isEmpty = (value: unknown): boolean => {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every(isEmpty);
};

interface Target {
  kind?: string;
  name?: string;
  matchLabels?: Record<string, string>;
  matchExpressions?: unknown[];
}

const targetsOf = (policy: Policy): Target[] => {
  const spec = (policy.spec ?? {}) as { targetRef?: Target; targetRefs?: Target[]; targetSelectors?: Target[] };
  return [...(spec.targetRef === undefined ? [] : [spec.targetRef]), ...(spec.targetRefs ?? []), ...(spec.targetSelectors ?? [])];
};

const selects = (target: Target, route: HttpRoute): boolean => {
  if (target.name !== undefined) return target.name === route.metadata.name;
  // A selector with expressions is taken as a match: protecting too much is an outage that is seen, protecting too little is not seen.
  if ((target.matchExpressions ?? []).length > 0) return true;
  return Object.entries(target.matchLabels ?? {}).every(([key, value]) => route.metadata.labels?.[key] === value);
};

const targetsRoute = (policy: Policy, route: HttpRoute): boolean =>
  targetsOf(policy).some((target) => {
    if (target.kind === 'HTTPRoute') return policy.metadata.namespace === route.metadata.namespace && selects(target, route);
    if (target.kind !== 'Gateway') return false;
    return (route.spec?.parentRefs ?? []).some(
      (parent) =>
        (parent.namespace ?? route.metadata.namespace) === policy.metadata.namespace &&
        (target.name === undefined || target.name === parent.name),
    );
  });

/** Policies that ask for something; an empty one protects nothing and refuses nothing. */
export const demandingPolicies = (policies: readonly Policy[]): Policy[] =>
  policies.filter(
    (policy) =>
      policy.metadata.deletionTimestamp === undefined &&
      Object.entries(policy.spec ?? {}).some(([field, value]) => !targetFields.has(field) && !isEmpty(value)),
  );

/** The first policy that wants to protect this route, in words for the person who reads the refusal. */
export function policyOver(route: HttpRoute, policies: readonly Policy[]): string | undefined {
  const policy = policies.find((each) => targetsRoute(each, route));
  return policy === undefined ? undefined : `${policy.kind} ${policy.metadata.namespace ?? ''}/${policy.metadata.name}`;
}
