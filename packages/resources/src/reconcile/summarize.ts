import { isDeepStrictEqual } from 'node:util';
import { childSchema } from '../fields/index.ts';
import { type AnyResource, type Condition, type Kind, type Schema, timestamp } from '../model/index.ts';
import type { Outcome, Reconciled } from './outcome.ts';

type Answer = NonNullable<Reconciled['conditions']>[number];

export interface Summary {
  kind: Kind;
  /** As it was read. */
  object: AnyResource;
  reconciled: Reconciled;
  style: 'generic' | 'own';
  /** Epoch ms. */
  now: number;
}

/** Ready is always there; Reconciling and Stalled only while they are true, as generic tools expect. */
const genericConditions = (outcome: Outcome): Answer[] => {
  switch (outcome.is) {
    case 'settled':
      return [{ type: 'Ready', status: 'True', reason: 'Succeeded', message: 'Everything is as the spec says.' }];
    case 'progressing':
      return [
        { type: 'Ready', status: 'Unknown', reason: outcome.reason, message: outcome.message },
        { type: 'Reconciling', status: 'True', reason: outcome.reason, message: outcome.message },
      ];
    case 'waiting':
      return [
        { type: 'Ready', status: 'False', reason: outcome.reason, message: outcome.message },
        { type: 'Reconciling', status: 'True', reason: outcome.reason, message: outcome.message },
      ];
    case 'stalled':
      return [
        { type: 'Ready', status: 'False', reason: outcome.reason, message: outcome.message },
        { type: 'Stalled', status: 'True', reason: outcome.reason, message: outcome.message },
      ];
  }
};

const passing = new Set(['Reconciling', 'Stalled']);

/** Some kinds of Kubernetes have conditions without a generation. */
const conditionsKeepGeneration = (kind: Kind): boolean => {
  const conditions = childSchema(childSchema(kind.schema, 'status'), 'conditions');
  const items = (conditions.items ?? {}) as { properties?: Record<string, Schema> };
  return items.properties === undefined || Object.hasOwn(items.properties, 'observedGeneration');
};

const mergeConditions = ({ kind, object, reconciled, style, now }: Summary, before: readonly Condition[]): Condition[] => {
  const own = reconciled.conditions ?? [];
  // What the reconciler says itself wins over what the loop would say.
  const generic =
    style === 'generic' ? genericConditions(reconciled.outcome).filter(({ type }) => !own.some((answer) => answer.type === type)) : [];
  const answers = [...generic, ...own];
  const generation = object.metadata.generation;
  const observed = generation !== undefined && conditionsKeepGeneration(kind) ? { observedGeneration: generation } : {};
  const isOver = (type: string): boolean => style === 'generic' && passing.has(type);
  const kept = before.filter(({ type }) => !answers.some((answer) => answer.type === type) && !isOver(type));
  const written = answers.map((answer): Condition => {
    const old = before.find(({ type }) => type === answer.type);
    const lastTransitionTime = old?.status === answer.status ? old.lastTransitionTime : timestamp(now);
    return { ...answer, lastTransitionTime, ...observed };
  });
  // In the order of the stored list, so that an unchanged answer is an unchanged text.
  const order = new Map(before.map(({ type }, index) => [type, index]));
  return [...kept, ...written].sort((a, b) => (order.get(a.type) ?? order.size) - (order.get(b.type) ?? order.size));
};

/**
 * The status after a reconcile, or undefined when nothing changed. Nobody else writes conditions.
 * Top-level fields of the answer replace those of status; a field that is `undefined` in it goes.
 */
export const summarize = (summary: Summary): Record<string, unknown> | undefined => {
  const { kind, object, reconciled, style } = summary;
  if (!kind.hasStatus) return undefined;
  if (reconciled.status !== undefined && 'conditions' in reconciled.status)
    throw new Error(`the reconciler of ${kind.kind} put conditions into status: they belong into "conditions" of its answer`);
  const before = (object.status ?? {}) as Record<string, unknown>;
  const conditions = mergeConditions(summary, (before.conditions as Condition[] | undefined) ?? []);
  const generation = object.metadata.generation;
  const after = {
    ...before,
    ...(style === 'generic' && generation !== undefined ? { observedGeneration: generation } : {}),
    ...reconciled.status,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  // As it will be stored: fields that are undefined are no fields.
  const stored = JSON.parse(JSON.stringify(after)) as Record<string, unknown>;
  return isDeepStrictEqual(stored, before) ? undefined : stored;
};
