import { Namespace, Pod } from '@fairway/contracts/builtin';
import { type Change, isProblem, type Kind, keyOf, kindId, type Resource } from '@fairway/resources/model';
import { type Controller, progressing, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { isTerminating } from '../pods/pod-state.ts';

export const namespaceFinalizer = 'kubernetes';

// A namespace with more objects of a kind is emptied in several rounds.
const maxDeletesAtOnce = 500;

/** Marks everything of a kind as deleted; the answer is how many objects are still there. */
async function empty(kind: Kind, namespace: string, { resources, cause }: ReconcileContext): Promise<number> {
  const { items } = await resources.list(kind, { namespace, limit: maxDeletesAtOnce });
  for (const object of items as Resource[]) {
    if (isTerminating(object)) continue;
    const change: Change = { op: 'delete', kind, key: keyOf(object), propagation: 'background' };
    try {
      await resources.commit(cause('namespace.empty'), [change]);
    } catch (error) {
      // The garbage collector was faster.
      if (!isProblem(error, 'not-found')) throw error;
    }
  }
  return (await resources.list(kind, { namespace, limit: 1 })).items.length;
}

async function finalize(namespace: Resource, context: ReconcileContext): Promise<Reconciled> {
  const { name } = namespace.metadata;
  const kinds = context.resources.kinds.all().filter((kind) => kind.namespaced);
  // Pods last: their owners would make new ones.
  const ordered = kinds.toSorted((a, b) => Number(kindId(a) === kindId(Pod)) - Number(kindId(b) === kindId(Pod)));
  const left: string[] = [];
  for (const kind of ordered) if ((await empty(kind, name, context)) > 0) left.push(kind.plural);
  const status = { phase: 'Terminating' };
  if (left.length === 0) return { outcome: settled, status };
  const message = `Some resources are remaining: ${left.join(', ')}`;
  return {
    outcome: progressing('SomeResourcesRemain', message, 250),
    status,
    conditions: [{ type: 'NamespaceContentRemaining', status: 'True', reason: 'SomeResourcesRemain', message }],
  };
}

/** Lets a namespace go when all that is in it has gone. */
export const createNamespaceController = (): Controller<typeof Namespace> => ({
  name: 'local-cluster/namespace',
  kind: Namespace,
  finalizer: namespaceFinalizer,
  conditionStyle: 'own',
  reconcile: async () => ({ outcome: settled, status: { phase: 'Active' } }),
  finalize,
});
