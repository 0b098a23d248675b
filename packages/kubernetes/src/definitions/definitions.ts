import type { Log } from '@fairway/resources/log';
import {
  type AdmissionRules,
  type AnyResource,
  type Change,
  isProblem,
  type Key,
  type Kind,
  type KindRegistry,
  keyOf,
  kindId,
  type Resource,
  type Resources,
} from '@fairway/resources/model';
import { type Controller, progressing, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { acceptNames, takenNames } from './accept-names.ts';
import { CustomResourceDefinition, type DefinitionNames, type StoredDefinition } from './definition.ts';
import { closedTo, withSchemaRules } from './instance-rules.ts';
import { kindsOfDefinition } from './kinds-of-definition.ts';
import { loadCel } from './rules/load-cel.ts';
import { hasRules } from './rules/written-rule.ts';

const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';
// More are removed in several rounds.
const maxDeletesAtOnce = 500;
const nextRoundMs = 200;
const pageSize = 500;
const inProgress = 'InstanceDeletionInProgress';

export interface DefinitionsOptions {
  kinds: KindRegistry;
  /** What each object of such a kind must keep to beside its schema, for example that its namespace is there. */
  rulesFor: (kind: Kind) => AdmissionRules<AnyResource>;
  log: Log;
}

export interface Definitions {
  /** Serves what was established before, so that no request comes too early. */
  load(resources: Resources): Promise<void>;
  controller: Controller;
}

const conditionOf = ({ status }: StoredDefinition, type: string): string | undefined =>
  status?.conditions?.find((condition) => condition.type === type)?.status;

const isEstablished = (definition: StoredDefinition): boolean => conditionOf(definition, 'Established') === 'True';

async function allDefinitions(resources: Resources): Promise<StoredDefinition[]> {
  const found: StoredDefinition[] = [];
  let token: string | undefined;
  do {
    const page = await resources.list(CustomResourceDefinition, { limit: pageSize, ...(token === undefined ? {} : { continue: token }) });
    found.push(...(page.items as StoredDefinition[]));
    token = page.continue;
  } while (token !== undefined);
  return found;
}

/** What the registry serves because of definitions. */
class ServedDefinitions {
  /** By the definition's name: the identity of what was read, and the kind. */
  readonly #served = new Map<string, { state: string; kind: Kind }>();
  readonly #options: DefinitionsOptions;

  constructor(options: DefinitionsOptions) {
    this.#options = options;
  }

  /** Answers the kind that is served. Its stored objects are then found by the fields that it names. */
  async serve(resources: Resources, definition: StoredDefinition, names: DefinitionNames): Promise<Kind> {
    const { metadata, spec } = definition;
    const isGoing = metadata.deletionTimestamp !== undefined;
    const state = JSON.stringify([metadata.uid, metadata.generation, names, isGoing]);
    const known = this.#served.get(metadata.name);
    if (known?.state === state) return known.kind;
    const { stored, served } = kindsOfDefinition({ spec: { ...spec, names }, isRevised: (metadata.generation ?? 1) > 1 });
    if (spec.versions.some(({ schema }) => hasRules(schema?.openAPIV3Schema ?? {}))) await loadCel();
    const rules = withSchemaRules(spec, stored, this.#options.rulesFor(stored));
    this.#options.kinds.define({ stored, served, rules: isGoing ? closedTo(stored, rules) : rules });
    this.#served.set(metadata.name, { state, kind: stored });
    await resources.reindex(stored);
    return stored;
  }

  withdraw(name: string): void {
    const found = this.#served.get(name);
    this.#served.delete(name);
    if (found !== undefined) this.#options.kinds.remove(kindId(found.kind));
  }

  async load(resources: Resources): Promise<void> {
    for (const definition of await allDefinitions(resources)) {
      if (!isEstablished(definition) || definition.status === undefined) continue;
      try {
        await this.serve(resources, definition, definition.status.acceptedNames);
      } catch (error) {
        // One that an older version let in must not keep everything else from starting.
        this.#options.log.error('a kind that users defined cannot be served', { definition: definition.metadata.name, error });
      }
    }
  }
}

type Answer = NonNullable<Reconciled['conditions']>[number];

const established: Answer = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};
const notEstablished: Answer = { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };

/** Grants names, and has the kind served when it has them all. */
async function establish(
  definition: StoredDefinition,
  { resources }: ReconcileContext,
  served: ServedDefinitions,
): Promise<{ isAccepted: boolean; reconciled: Reconciled }> {
  const { kinds } = resources;
  const others = (await allDefinitions(resources)).filter(({ metadata }) => metadata.name !== definition.metadata.name);
  const own = kinds.all().filter((kind) => !kinds.isDefined(kindId(kind)));
  const { names, condition } = acceptNames(definition, takenNames(definition.spec.group, others, own));
  const isAccepted = condition.status === 'True';
  const isServed = isAccepted || isEstablished(definition);
  if (isServed) await served.serve(resources, definition, names);
  const conditions = [condition, isServed ? established : notEstablished];
  return { isAccepted, reconciled: { outcome: settled, status: { acceptedNames: names }, conditions } };
}

/** Removes what is left of the kind, some hundred objects a round, and the kind itself when nothing is. */
async function takeAway(definition: StoredDefinition, context: ReconcileContext, served: ServedDefinitions): Promise<Reconciled> {
  if (!isEstablished(definition)) return { outcome: settled };
  const isFirst = definition.status?.conditions?.find(({ type }) => type === 'Terminating')?.reason !== inProgress;
  const kind = await served.serve(context.resources, definition, definition.status?.acceptedNames ?? definition.spec.names);
  const left = await deleteSome(kind, context);
  // From the first round on nothing new comes; what was under way then is there before the second one looks.
  if (isFirst || left > 0) {
    const reason = inProgress;
    const message = 'CustomResource deletion is in progress';
    return { outcome: progressing(reason, message, nextRoundMs), conditions: [{ type: 'Terminating', status: 'True', reason, message }] };
  }
  served.withdraw(definition.metadata.name);
  return { outcome: settled };
}

/** Lets the registry follow the definitions: what is established is served, what goes takes its objects with it. */
export function createDefinitions(options: DefinitionsOptions): Definitions {
  const served = new ServedDefinitions(options);
  /** Definitions that wait for a name of another one. */
  const waiting = new Map<string, Key>();
  const controller: Controller<typeof CustomResourceDefinition> = {
    name: 'definitions/definition',
    kind: CustomResourceDefinition,
    finalizer: cleanupFinalizer,
    conditionStyle: 'own',
    // One after the other: of two that want one name, one must be first.
    concurrency: 1,
    watches: [{ kind: CustomResourceDefinition, wakesByKey: ({ name }) => [...waiting.values()].filter((key) => key.name !== name) }],
    reconcile: async (found, context) => {
      const definition = found as StoredDefinition;
      const { isAccepted, reconciled } = await establish(definition, context, served);
      if (isAccepted) waiting.delete(definition.metadata.name);
      else waiting.set(definition.metadata.name, keyOf(definition));
      return reconciled;
    },
    finalize: (found, context) => {
      waiting.delete(found.metadata.name);
      return takeAway(found as StoredDefinition, context, served);
    },
  };
  return { controller: controller as unknown as Controller, load: (resources) => served.load(resources) };
}

/** Marks some objects of a kind as deleted; the answer is how many were seen to be there still. */
async function deleteSome(kind: Kind, { resources, cause }: ReconcileContext): Promise<number> {
  const { items } = await resources.list(kind, { limit: maxDeletesAtOnce });
  for (const object of items as Resource[]) {
    if (object.metadata.deletionTimestamp !== undefined) continue;
    const change: Change = { op: 'delete', kind, key: keyOf(object), propagation: 'background' };
    try {
      await resources.commit(cause('customresourcedefinition.empty'), [change]);
    } catch (error) {
      // Somebody else was faster.
      if (!isProblem(error, 'not-found')) throw error;
    }
  }
  return (await resources.list(kind, { limit: 1 })).items.length;
}
