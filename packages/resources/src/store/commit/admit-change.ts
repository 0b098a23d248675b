import {
  type AdmissionChange,
  type AdmissionRules,
  type AnyResource,
  type Change,
  type FactQuery,
  type Facts,
  isProblem,
  type Key,
  type Kind,
  kindId,
} from '../../model/index.ts';
import { rowFilter } from '../selector/row-filter.ts';
import { type CommitContext, Refusal } from './commit-context.ts';
import { objectInvalid } from './store-problems.ts';

export interface Candidate {
  kind: Kind;
  key: Key;
  operation: AdmissionChange<AnyResource>['operation'];
  subresource?: 'status';
  object: AnyResource;
  old?: AnyResource;
}

// A name that the rule never asked for is a mistake in the rule: it must not pass for "absent".
const unasked = (kind: Kind, name: string): never => {
  throw new Error(`the rules of ${kindId(kind)} use the fact "${name}" without asking for it`);
};
const noFacts = (kind: Kind): Facts => ({ object: (name) => unasked(kind, name), list: (name) => unasked(kind, name) });

const loadFacts = async (context: CommitContext, kind: Kind, queries: readonly FactQuery[]): Promise<Facts> => {
  const objects = new Map<string, AnyResource | undefined>();
  const lists = new Map<string, AnyResource[]>();
  await context.set.prefetch(queries.flatMap((query) => ('key' in query ? [{ kind: query.kind, key: query.key }] : [])));
  for (const query of queries) {
    if ('key' in query) objects.set(query.name, (await context.set.load(query.kind, query.key)).current);
    else if ('newest' in query) lists.set(query.name, await context.set.newest(query.kind, rowFilter(query.kind, query), query.newest));
    else lists.set(query.name, await context.set.list(query.kind, rowFilter(query.kind, query)));
  }
  return {
    object: <R>(name: string) => (objects.has(name) ? objects.get(name) : unasked(kind, name)) as R | undefined,
    list: <R>(name: string) => (lists.get(name) ?? unasked(kind, name)) as R[],
  };
};

/** A problem that a rule throws is its refusal. */
const judge = <Answer>(rule: () => Answer, target: Refusal['target']): Answer => {
  try {
    return rule();
  } catch (error) {
    if (isProblem(error)) throw new Refusal(error, target);
    throw error;
  }
};

export interface Admitted {
  object: AnyResource;
  /** What else belongs to the commit. */
  also: readonly Change[];
}

type Verdict = ReturnType<NonNullable<AdmissionRules<AnyResource>['admit']>>;

const concluded = (context: CommitContext, { kind, key, operation, object }: Candidate, answer: Verdict): Admitted => {
  if (answer === undefined) return { object, also: [] };
  if ('refuse' in answer) throw new Refusal(answer.refuse, { kind, key, operation }, answer.instead);
  const admitted = operation === 'delete' ? object : (answer.object ?? object);
  if (admitted === object) return { object, also: answer.also ?? [] };
  const checked = context.check(kind, admitted);
  if (checked.problems.length > 0) throw new Refusal(objectInvalid(kind, key.name, checked.problems), { kind, key, operation });
  return { object: checked.object, also: answer.also ?? [] };
};

/** Runs the kind's rules over a candidate. A promise only where a rule asks for facts: every further turn is paid by every write. */
export const admitChange = (context: CommitContext, candidate: Candidate): Admitted | Promise<Admitted> => {
  const { kind, key, operation, subresource, object, old } = candidate;
  const rules = context.kinds.rules(kindId(kind));
  const admit = rules?.admit;
  if (rules === undefined || admit === undefined) return { object, also: [] };
  const change: AdmissionChange<AnyResource> = {
    operation,
    caller: context.cause.caller,
    action: context.cause.action,
    object,
    now: context.now,
    ...(old === undefined ? {} : { old }),
    ...(subresource === undefined ? {} : { subresource }),
  };
  const decide = (facts: Facts): Admitted =>
    concluded(
      context,
      candidate,
      judge(() => admit.call(rules, change, facts), { kind, key, operation }),
    );
  const queries = rules.facts?.(change) ?? [];
  const judged = (): Admitted | Promise<Admitted> =>
    queries.length === 0 ? decide(noFacts(kind)) : loadFacts(context, kind, queries).then(decide);
  const prepared = rules.prepare?.(object);
  return prepared === undefined ? judged() : prepared.then(judged);
};
