import type { Log } from '../../log/index.ts';
import {
  type Cause,
  type Change,
  type Clock,
  type CommitOptions,
  type CommitResult,
  conflict,
  invalid,
  kindId,
} from '../../model/index.ts';
import type { Batch, Database } from '../database.ts';
import { auditRecord, buildBatch } from './build-batch.ts';
import { type CommitContext, type DecideDeps, type Decision, type InternalChange, Refusal } from './commit-context.ts';
import { decideChange, targetOf } from './decide-change.ts';
import { createWorkingSet, type WorkingSet } from './working-set.ts';

export interface CommitDeps extends DecideDeps {
  database: Database;
  clock: Clock;
  log: Log;
}

interface CommitRequest {
  cause: Cause;
  changes: readonly InternalChange[];
  options: CommitOptions;
}

// One commit is one transaction and one answer; larger work is split by its caller.
const maxChanges = 500;
// In every round one writer of an object wins, so this many may write the same object at once.
const maxAttempts = 100;

const readTargets = (context: CommitContext, changes: readonly InternalChange[]): Promise<void> =>
  context.set.prefetch(changes.map((change) => targetOf(context, change)).filter(({ key }) => key.name !== undefined && key.name !== ''));

const decideAll = async (context: CommitContext, changes: readonly InternalChange[]): Promise<Decision[]> => {
  const decisions: Decision[] = [];
  let count = 0;
  const decide = async (change: InternalChange): Promise<Decision> => {
    count += 1;
    if (count > maxChanges) throw invalid(`a commit may hold ${maxChanges} changes, those that rules add included; split it`);
    const decision = await decideChange(context, change);
    for (const further of decision.also) await decide(further);
    return decision;
  };
  for (const change of changes) decisions.push(await decide(change));
  return decisions;
};

const attempt = (deps: CommitDeps, cause: Cause, options: CommitOptions = {}): CommitContext => ({
  ...deps,
  cause,
  now: deps.clock.now(),
  set: createWorkingSet(deps.database),
  onUnknownFields: options.onUnknownFields,
});

interface Written {
  version: string;
  text: string;
}

const writtenOf = (batch: Batch, versions: readonly number[]): Map<string, Written> =>
  new Map(
    batch.writes.map(({ kind, namespace, name, document }, index) => {
      const version = String(versions[index]);
      return [`${kind}/${namespace}/${name}`, { version, text: document.before + version + document.after }];
    }),
  );

const asResult = ({ kind, key, object, outcome }: Decision, written: ReadonlyMap<string, Written>): CommitResult => {
  const own = written.get(`${kindId(kind)}/${key.namespace ?? ''}/${key.name}`);
  if (own === undefined || outcome === 'unchanged') return { object, outcome };
  const stored = { ...object, metadata: { ...object.metadata, resourceVersion: own.version } };
  return { object: stored, outcome, text: own.text };
};

/** Stores what a rule wants stored instead, with an audit entry "refused"; false when what was read has changed meanwhile. */
const recordRefusal = async (deps: CommitDeps, cause: Cause, refused: { refusal: Refusal; set: WorkingSet }): Promise<boolean> => {
  const { problem, target, instead } = refused.refusal;
  const isAudited = deps.kinds.rules(kindId(target.kind))?.audited !== false;
  const ref = { kind: kindId(target.kind), namespace: target.key.namespace ?? '', name: target.key.name, operation: target.operation };
  const audit = isAudited ? { audit: auditRecord(cause, { outcome: 'refused', refs: [ref], message: problem.message }) } : {};
  const context = attempt(deps, cause);
  if (instead.length > 0) {
    await readTargets(context, instead);
    await decideAll(context, instead);
  }
  const batch: Batch = { ...buildBatch(deps.kinds, cause, context.set), ...audit };
  // The refusal rests on what was read for it: if that has changed, the rule must look again before anything is stored.
  const guards = instead.length > 0 ? [...batch.guards, ...refused.set.guards(() => false)] : [];
  if (batch.writes.length === 0 && batch.audit === undefined) return true;
  return (await deps.database.commit({ ...batch, guards })).is === 'committed';
};

type Round = { is: 'done'; results: CommitResult[] } | { is: 'again' };

const store = async (deps: CommitDeps, batch: Batch, decisions: readonly Decision[]): Promise<Round> => {
  const result = await deps.database.commit(batch);
  if (result.is === 'stale') return { is: 'again' };
  const written = writtenOf(batch, result.versions);
  return { is: 'done', results: decisions.map((decision) => asResult(decision, written)) };
};

/** The only change where it creates an object by its name. */
const soleCreation = ({ changes: [change, ...others], options }: CommitRequest): Extract<Change, { op: 'create' }> | undefined =>
  change?.op === 'create' && others.length === 0 && options.dryRun !== true && (change.object.metadata?.name ?? '') !== ''
    ? change
    : undefined;

/** A creation decided without a look at what is there. Whatever stands against it, a refusal too, is found again and told by a round that looks. */
const runBlindRound = async (
  deps: CommitDeps,
  { cause, options }: CommitRequest,
  change: Extract<Change, { op: 'create' }>,
): Promise<Round> => {
  const context = attempt(deps, cause, options);
  let decision: Decision;
  let batch: Batch;
  try {
    const { kind, key } = targetOf(context, change);
    context.set.suppose(kind, key);
    decision = await decideChange(context, change);
    if (decision.also.length > 0) return { is: 'again' };
    batch = buildBatch(deps.kinds, cause, context.set);
  } catch {
    return { is: 'again' };
  }
  return store(deps, batch, [decision]);
};

const runRound = async (deps: CommitDeps, { cause, changes, options }: CommitRequest): Promise<Round> => {
  const context = attempt(deps, cause, options);
  let decisions: Decision[];
  try {
    await readTargets(context, changes);
    decisions = await decideAll(context, changes);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (options.dryRun === true) throw error.problem;
    const isRecorded = await recordRefusal(deps, cause, { refusal: error, set: context.set }).catch((failure: unknown) => {
      deps.log.error('a refusal could not be written to the audit log', {
        action: cause.action,
        principal: cause.caller.principal,
        error: failure,
      });
      return true;
    });
    if (!isRecorded) return { is: 'again' };
    throw error.problem;
  }
  const batch = buildBatch(deps.kinds, cause, context.set);
  if (options.dryRun === true || batch.writes.length === 0)
    return { is: 'done', results: decisions.map((decision) => asResult(decision, new Map())) };
  return store(deps, batch, decisions);
};

/** Decides and stores, and decides again from the read when somebody else was quicker. */
export const commitChanges = async (deps: CommitDeps, request: CommitRequest): Promise<CommitResult[]> => {
  const creation = soleCreation(request);
  if (creation !== undefined) {
    const answer = await runBlindRound(deps, request, creation);
    if (answer.is === 'done') return answer.results;
  }
  for (let round = 0; round < maxAttempts; round += 1) {
    const answer = await runRound(deps, request);
    if (answer.is === 'done') return answer.results;
  }
  throw conflict(
    `the objects of ${request.cause.action} changed ${maxAttempts} times while it was decided; too many write them at once, try again later`,
  );
};
