import { Namespace, Pod, ServiceAccount } from '@fairway/contracts/builtin';
import { type Change, isProblem, type Kind, keyOf, kindId, type Resource } from '@fairway/resources/model';
import { type Controller, progressing, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { isTerminating } from '../pods/pod-state.ts';

export const namespaceFinalizer = 'kubernetes';

// A namespace with more objects of a kind is emptied in several rounds.
const maxDeletesAtOnce = 500;

interface Rest {
  kind: Kind;
  count: number;
  finalizers: readonly string[];
}

/** Marks everything of a kind as deleted; the answer is what is still there. */
async function empty(kind: Kind, namespace: string, { resources, cause }: ReconcileContext): Promise<Rest> {
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
  const left = (await resources.list(kind, { namespace, limit: maxDeletesAtOnce })).items as Resource[];
  return { kind, count: left.length, finalizers: left.flatMap(({ metadata }) => metadata.finalizers ?? []) };
}

const condition = (type: string, holds: boolean, [reason, message]: readonly [string, string]) => ({
  type,
  status: holds ? ('True' as const) : ('False' as const),
  reason,
  message,
});

/** What holds a namespace up, in the conditions by which Kubernetes says it. */
function conditionsOf(rests: readonly Rest[]) {
  const content = rests.map(({ kind, count }) => `${kind.plural}.${kind.group} has ${count} resource instances`).join(', ');
  const all = rests.flatMap(({ finalizers }) => finalizers);
  const counts = [...new Set(all)].sort().map((name) => `${name} in ${all.filter((other) => other === name).length} resource instances`);
  const remaining = ['SomeResourcesRemain', `Some resources are remaining: ${content}`] as const;
  const held = ['SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${counts.join(', ')}`] as const;
  return [
    condition('NamespaceDeletionDiscoveryFailure', false, ['ResourcesDiscovered', 'All resources successfully discovered']),
    condition('NamespaceDeletionGroupVersionParsingFailure', false, ['ParsedGroupVersions', 'All legacy kube types successfully parsed']),
    condition('NamespaceDeletionContentFailure', false, [
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ]),
    condition(
      'NamespaceContentRemaining',
      rests.length > 0,
      rests.length > 0 ? remaining : ['ContentRemoved', 'All content successfully removed'],
    ),
    condition(
      'NamespaceFinalizersRemaining',
      counts.length > 0,
      counts.length > 0 ? held : ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
    ),
  ];
}

async function finalize(namespace: Resource, context: ReconcileContext): Promise<Reconciled> {
  const { name } = namespace.metadata;
  const kinds = context.resources.kinds.all().filter((kind) => kind.namespaced);
  // Pods last: their owners would make new ones.
  const ordered = kinds.toSorted((a, b) => Number(kindId(a) === kindId(Pod)) - Number(kindId(b) === kindId(Pod)));
  const rests: Rest[] = [];
  for (const kind of ordered) {
    const rest = await empty(kind, name, context);
    if (rest.count > 0) rests.push(rest);
  }
  const status = { phase: 'Terminating' };
  if (rests.length === 0) return { outcome: settled, status };
  const conditions = conditionsOf(rests);
  const message = `Some resources are remaining: ${rests.map(({ kind }) => kind.plural).join(', ')}`;
  return { outcome: progressing('SomeResourcesRemain', message, 250), status, conditions };
}

/** Every namespace has the account that its pods use unless they name another. */
async function reconcileNamespace({ metadata }: Resource, { resources, cause }: ReconcileContext): Promise<Reconciled> {
  const key = { namespace: metadata.name, name: 'default' };
  if ((await resources.get(ServiceAccount, key)) === undefined) {
    const account: Resource = { apiVersion: 'v1', kind: ServiceAccount.kind, metadata: key };
    const change: Change = {
      op: 'mutate',
      kind: ServiceAccount,
      key,
      create: true,
      change: (current) => (current === undefined ? account : undefined),
    };
    await resources.commit(cause('namespace.open'), [change]);
  }
  return { outcome: settled, status: { phase: 'Active' } };
}

/** Gives a namespace its account, and lets it go when all that is in it has gone. */
export const createNamespaceController = (): Controller<typeof Namespace> => ({
  name: 'local-cluster/namespace',
  kind: Namespace,
  finalizer: namespaceFinalizer,
  conditionStyle: 'own',
  watches: [
    {
      kind: ServiceAccount,
      wakesByKey: ({ namespace = '', name }) => (name === 'default' ? [{ name: namespace }] : []),
    },
  ],
  reconcile: reconcileNamespace,
  finalize,
});
