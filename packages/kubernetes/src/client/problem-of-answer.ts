import { type FieldProblem, Problem, type Reason } from '@fairway/resources/model';
import { isStatusReason, reasonOfCode, reasonOfStatus, type StatusBody } from '../words/status-reasons.ts';

// A message goes into conditions and events; a page of HTML from a proxy in between would drown them.
const maxMessageChars = 1_000;

const fieldTypes: ReadonlySet<string> = new Set<FieldProblem['type']>([
  'FieldValueRequired',
  'FieldValueInvalid',
  'FieldValueNotSupported',
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueTypeInvalid',
  'FieldValueTooLong',
  'FieldManagerConflict',
]);

const statusOf = (body: unknown): Partial<StatusBody> | undefined =>
  typeof body === 'object' && body !== null && (body as { kind?: unknown }).kind === 'Status' ? (body as Partial<StatusBody>) : undefined;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const fieldsOf = (status: Partial<StatusBody> | undefined): FieldProblem[] =>
  (status?.details?.causes ?? []).map((cause) => ({
    field: cause.field ?? '',
    message: cause.message ?? '',
    type: (fieldTypes.has(cause.reason ?? '') ? cause.reason : 'UnexpectedServerResponse') as FieldProblem['type'],
  }));

/** What a failed answer of a cluster (code and body, or the object of an ERROR event) means in our words. */
export function problemOfAnswer(code: number, body: unknown, retryAfter?: string): Problem {
  const status = statusOf(typeof body === 'string' ? parsed(body) : body);
  const reason: Reason = isStatusReason(status?.reason) ? reasonOfStatus[status.reason] : reasonOfCode(status?.code ?? code);
  const text = status?.message ?? (typeof body === 'string' && !body.startsWith('<') ? body.trim() : '');
  const fields = fieldsOf(status);
  const { name, kind, group } = status?.details ?? {};
  const retryAfterSeconds = status?.details?.retryAfterSeconds ?? (Number(retryAfter) > 0 ? Number(retryAfter) : undefined);
  return new Problem({
    reason,
    message: text === '' ? `the cluster answered ${code} without saying why` : text.slice(0, maxMessageChars),
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined ? {} : { kind }),
    ...(group === undefined ? {} : { group }),
    ...(fields.length === 0 ? {} : { fields }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
