import type {
  AnyResource,
  ApplyOptions,
  Cause,
  Change,
  CommitOptions,
  FieldProblem,
  Key,
  Kind,
  KindRegistry,
  ManagedFieldsEntry,
  Problem,
} from '../../model/index.ts';
import type { WorkingSet } from './working-set.ts';

export type CheckObject = (kind: Kind, object: AnyResource) => { object: AnyResource; problems: FieldProblem[]; unknownFields?: string[] };

export type MergeApplied = (input: {
  kind: Kind;
  live: AnyResource | undefined;
  applied: AnyResource;
  manager: string;
  force: boolean;
  subresource?: 'status';
  now: number;
}) => AnyResource;

export type TrackUpdate = (input: {
  kind: Kind;
  before: AnyResource | undefined;
  after: AnyResource;
  manager: string;
  subresource?: 'status';
  now: number;
}) => ManagedFieldsEntry[];

/** What deciding needs beside the database. */
export interface DecideDeps {
  kinds: KindRegistry;
  check: CheckObject;
  mergeApplied: MergeApplied;
  trackUpdate: TrackUpdate;
  newUid: (nowMs: number) => string;
}

/** `apply` beside the changes that everybody may ask for. */
export type InternalChange = Change | { op: 'apply'; object: AnyResource; options: ApplyOptions };

/** One attempt of one commit. */
export interface CommitContext extends DecideDeps {
  set: WorkingSet;
  cause: Cause;
  now: number;
  onUnknownFields: CommitOptions['onUnknownFields'];
}

/** What one change came to. `also` are further changes that a rule adds. */
export interface Decision {
  kind: Kind;
  key: Key;
  object: AnyResource;
  outcome: 'created' | 'updated' | 'unchanged' | 'deleted';
  also: readonly Change[];
}

/** Carries a rule's or the schema's refusal out of the deciding, so that it gets its audit entry. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: Problem;
  readonly instead: readonly Change[];
  readonly target: { kind: Kind; key: Key; operation: string };

  constructor(problem: Problem, target: { kind: Kind; key: Key; operation: string }, instead: readonly Change[] = []) {
    super(problem.message);
    this.problem = problem;
    this.target = target;
    this.instead = instead;
  }
}
