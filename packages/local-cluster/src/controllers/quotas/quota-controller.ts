import { Pod, ResourceQuota } from '@fairway/contracts/builtin';
import type { AnyResource, Kind, ResourceOf } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { lookAgainIn } from '../look-again.ts';
import { type Amounts, measureUse } from './measure-use.ts';
import { formatQuantity } from './quantity.ts';

// What is deleted wakes nobody: a quota finds out in this time. What is created is counted at once, by the rule that admits it.
const recountMs = 5_000;

/** Kinds that a limit counts: those that it names, pods for processor and memory. */
function countedKinds(limits: readonly string[], kinds: readonly Kind[]): Kind[] {
  const isMeant = (kind: Kind): boolean => {
    const qualified = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
    if (limits.includes(`count/${qualified}`)) return true;
    if (kind.group !== '') return false;
    if (kind.kind === Pod.kind) return limits.some((limit) => /^pods$|^((requests|limits)\.)?(cpu|memory)$/.test(limit));
    if (kind.kind === 'PersistentVolumeClaim' && limits.includes('requests.storage')) return true;
    return limits.includes(kind.plural);
  };
  return kinds.filter((kind) => kind.namespaced && isMeant(kind));
}

async function recount(quota: ResourceOf<typeof ResourceQuota>, { resources }: ReconcileContext): Promise<Reconciled> {
  const hard = quota.spec?.hard ?? {};
  const limits = Object.keys(hard);
  const used: Amounts = Object.fromEntries(limits.map((limit) => [limit, 0]));
  for (const kind of countedKinds(limits, resources.kinds.all())) {
    const { items } = await resources.list(kind, { namespace: quota.metadata.namespace ?? '' });
    for (const object of items as AnyResource[])
      for (const [name, amount] of Object.entries(measureUse(kind, object))) if (name in used) used[name] = (used[name] ?? 0) + amount;
  }
  const status = { hard, used: Object.fromEntries(Object.entries(used).map(([name, amount]) => [name, formatQuantity(amount)])) };
  return { outcome: lookAgainIn(recountMs), status };
}

/** Counts what a namespace has of what its quotas limit. */
export const createQuotaController = (): Controller<typeof ResourceQuota> => ({
  name: 'local-cluster/quota',
  kind: ResourceQuota,
  conditionStyle: 'own',
  reconcile: (quota, context) =>
    quota.metadata.deletionTimestamp === undefined ? recount(quota, context) : Promise.resolve({ outcome: settled }),
});
