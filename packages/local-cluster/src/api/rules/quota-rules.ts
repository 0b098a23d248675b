import { Pod, ResourceQuota } from '@fairway/contracts/builtin';
import {
  type Admission,
  type AdmissionRules,
  type AnyResource,
  type Change,
  type FactQuery,
  type Kind,
  keyOf,
  kindId,
  Problem,
  type ResourceOf,
} from '@fairway/resources/model';
import { formatQuantity, measureUse, parseQuantity, unsaidNeeds } from '../../controllers/index.ts';
import { fieldForbidden, fieldInvalid, invalidObject } from './field-problem.ts';

type QuotaObject = ResourceOf<typeof ResourceQuota>;

const fact = 'quotas of its namespace';

const refusal = (kind: Kind, { metadata: { name, generateName = '' } }: AnyResource, why: string): Problem => {
  const qualified = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
  const message = `${qualified} "${name || generateName}" is forbidden: ${why}`;
  return new Problem({ reason: 'forbidden', message, kind: kind.kind, group: kind.group, name });
};

const listed = (amounts: Readonly<Record<string, string | number>>, names: readonly string[]): string =>
  names.map((name) => `${name}=${amounts[name] ?? 0}`).join(',');

/** Why one quota does not take the object, or the quota with the object counted. */
function judge(quota: QuotaObject, kind: Kind, object: AnyResource): { why: string } | { counted?: Change } {
  const hard = quota.spec?.hard ?? {};
  const use = measureUse(kind, object);
  const names = Object.keys(use)
    .filter((name) => name in hard)
    .sort();
  if (names.length === 0) return {};
  const { name } = quota.metadata;
  const { used } = quota.status ?? {};
  const unknown = names.filter((limit) => used?.[limit] === undefined);
  if (unknown.length > 0) return { why: `status unknown for quota: ${name}, resources: ${unknown.join(',')}` };
  if (kindId(kind) === kindId(Pod)) {
    const unsaid = unsaidNeeds(object as ResourceOf<typeof Pod>, names);
    const said = unsaid.map(([limit, containers]) => `${limit} for: ${containers.join(',')}`);
    if (said.length > 0) return { why: `failed quota: ${name}: must specify ${said.join('; ')}` };
  }
  const after = Object.fromEntries(names.map((limit) => [limit, (parseQuantity(used?.[limit]) ?? 0) + (use[limit] ?? 0)]));
  const over = names.filter((limit) => (use[limit] ?? 0) > 0 && (after[limit] ?? 0) > (parseQuantity(hard[limit]) ?? 0));
  if (over.length > 0) {
    const requested = Object.fromEntries(over.map((limit) => [limit, formatQuantity(use[limit] ?? 0)]));
    return {
      why: `exceeded quota: ${name}, requested: ${listed(requested, over)}, used: ${listed(used ?? {}, over)}, limited: ${listed(hard, over)}`,
    };
  }
  const now = Object.fromEntries(Object.entries(after).map(([limit, amount]) => [limit, formatQuantity(amount)]));
  const counted: Change = {
    op: 'mutate',
    kind: ResourceQuota,
    key: keyOf(quota),
    subresource: 'status',
    change: (current) => {
      if (current === undefined) return undefined;
      const { status } = current as QuotaObject;
      return { ...current, status: { ...status, used: { ...status?.used, ...now } } };
    },
  };
  return { counted };
}

/** The object as it was admitted, with its quotas counted up; or why one of them does not take it. */
function countAgainst(
  quotas: readonly QuotaObject[],
  kind: Kind,
  { object, also = [] }: { object: AnyResource; also?: readonly Change[] },
): Admission<AnyResource> {
  const counted: Change[] = [];
  for (const quota of quotas) {
    const answer = judge(quota, kind, object);
    if ('why' in answer) return { refuse: refusal(kind, object, answer.why) };
    if (answer.counted !== undefined) counted.push(answer.counted);
  }
  return { object, also: [...also, ...counted] };
}

/** Kinds that come and go all the time and that nobody limits. */
const unlimited = new Set(['Event.', 'Lease.coordination.k8s.io', 'EndpointSlice.discovery.k8s.io', 'Endpoints.']);

/** Counts every new object against the quotas of its namespace, in the same commit, and refuses what is too much. */
export function withQuota(kind: Kind, rules: AdmissionRules<AnyResource>): AdmissionRules<AnyResource> {
  if (!kind.namespaced || unlimited.has(kindId(kind))) return rules;
  return {
    ...rules,
    facts(change) {
      const own = rules.facts?.(change) ?? [];
      if (change.operation !== 'create') return own;
      const quotas: FactQuery = { name: fact, kind: ResourceQuota, namespace: change.object.metadata.namespace ?? '' };
      return [...own, quotas];
    },
    admit(change, facts): Admission<AnyResource> {
      const verdict = rules.admit?.(change, facts);
      if (change.operation !== 'create' || (verdict !== undefined && 'refuse' in verdict)) return verdict;
      const quotas = facts.list<QuotaObject>(fact);
      return quotas.length === 0 ? verdict : countAgainst(quotas, kind, { object: change.object, ...verdict });
    },
  };
}

export const quotaRules: AdmissionRules<QuotaObject> = {
  audited: false,
  admit({ object, operation, subresource }) {
    if (operation === 'delete' || subresource !== undefined) return undefined;
    const { hard = {}, scopes, scopeSelector } = object.spec ?? {};
    const scoped = 'a quota of this cluster counts all objects of its namespace alike';
    const refuse = invalidObject(ResourceQuota, object, [
      ...Object.entries(hard).flatMap(([name, value]) =>
        (parseQuantity(value) ?? -1) >= 0 ? [] : [fieldInvalid(`spec.hard[${name}]`, value, 'must be greater than or equal to 0')],
      ),
      ...(scopes === undefined ? [] : [fieldForbidden('spec.scopes', scoped)]),
      ...(scopeSelector === undefined ? [] : [fieldForbidden('spec.scopeSelector', scoped)]),
    ]);
    return refuse === undefined ? undefined : { refuse };
  },
};
