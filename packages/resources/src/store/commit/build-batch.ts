import { type AnyResource, type Cause, type Condition, type KindRegistry, kindId } from '../../model/index.ts';
import type { AuditRecord, Batch, Write } from '../database.ts';
import { objectTerms, ownerUids } from '../selector/object-terms.ts';
import { documentParts } from './document-parts.ts';
import { isSameValue } from './same-value.ts';
import type { Entry, WorkingSet } from './working-set.ts';

/** What outsiders hear of in a status: its states, not its counters, times and messages. */
const states = (object: AnyResource | undefined): unknown => {
  const status = (object?.status ?? {}) as { conditions?: readonly Condition[]; phase?: unknown; state?: unknown };
  const conditions = Array.isArray(status.conditions) ? status.conditions : [];
  return [status.phase, status.state, conditions.map(({ type, status: is, reason }) => [type, is, reason])];
};

const isAudited = (kinds: KindRegistry, { kind }: Entry): boolean => kinds.rules(kindId(kind))?.audited !== false;

const isWritten = ({ touched, stored, current }: Entry): boolean =>
  touched !== 'nothing' && (stored !== undefined || current !== undefined);

const operationOf = ({ stored, current }: Entry): 'created' | 'updated' | 'deleted' =>
  stored === undefined ? 'created' : current === undefined ? 'deleted' : 'updated';

const eventOf = (kinds: KindRegistry, entry: Entry): { event?: { type: string } } => {
  if (!isAudited(kinds, entry)) return {};
  if (entry.touched === 'all') return { event: { type: operationOf(entry) } };
  return isSameValue(states(entry.stored), states(entry.current)) ? {} : { event: { type: 'status' } };
};

const writeOf = (kinds: KindRegistry, entry: Entry): Write => {
  const { id, row, stored, current, removed } = entry;
  // As stored: each version may have selectable fields of its own, and an object has one set of terms.
  const kind = kinds.get(id.kind) ?? entry.kind;
  const object = current ?? removed ?? stored;
  if (object === undefined) throw new Error(`nothing to write of ${id.kind} ${id.name}`);
  const base = {
    ...id,
    uid: object.metadata.uid ?? '',
    document: documentParts(object),
    terms: objectTerms(kind, object),
    owners: ownerUids(object),
    ...eventOf(kinds, entry),
  };
  if (row === undefined || stored === undefined) return { ...base, type: 'created' };
  const old = { seq: row.seq, version: row.version, terms: objectTerms(kind, stored), owners: ownerUids(stored) };
  return { ...base, type: current === undefined ? 'deleted' : 'updated', old };
};

export const auditRecord = (cause: Cause, entry: Pick<AuditRecord, 'outcome' | 'refs'> & { message?: string }): AuditRecord => ({
  principal: cause.caller.principal,
  action: cause.action,
  ...entry,
  ...(cause.requestId === undefined ? {} : { requestId: cause.requestId }),
  ...(cause.traceparent === undefined ? {} : { traceparent: cause.traceparent }),
});

/** The batch that stores what an attempt has decided. Status writes alone are not audited: reconcilers make them all day. */
export const buildBatch = (kinds: KindRegistry, cause: Cause, set: WorkingSet): Batch => {
  const written = [...set.entries()].filter(isWritten);
  const refs = written
    .filter((entry) => entry.touched === 'all' && isAudited(kinds, entry))
    .map((entry) => ({ ...entry.id, operation: operationOf(entry) }));
  return {
    guards: set.guards(isWritten),
    writes: written.map((entry) => writeOf(kinds, entry)),
    principal: cause.caller.principal,
    action: cause.action,
    ...(refs.length === 0 ? {} : { audit: auditRecord(cause, { outcome: 'committed', refs }) }),
  };
};
