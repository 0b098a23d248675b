import type { Kind, Problem } from '@fairway/resources/model';
import { codeOfStatusReason, isStatusReason, type StatusBody, type StatusReason, statusReasonOf } from '../words/status-reasons.ts';
import { qualifiedPlural } from './status-problem.ts';

type Named = Pick<Kind, 'group' | 'kind' | 'plural'>;

/** Finds the kind that a problem speaks of, by its kind or plural. */
export type FindKind = (group: string | undefined, kind: string) => Named | undefined;

/** A view of other objects, which has no collection of its own. */
const scale: Named = { group: 'autoscaling', kind: 'Scale', plural: 'scales' };

const statusReason = ({ reason, details }: Problem): StatusReason => {
  if (isStatusReason(details.code)) return details.code;
  // What is well formed and cannot be done is Kubernetes' 422, of which it has one reason.
  if (details.code === 'IDEMPOTENCY_MISMATCH') return 'Invalid';
  // A rule about an object is Invalid; a selector, a token or a parameter that cannot be read concerns no object.
  if (reason === 'invalid' && (details.fields ?? []).length === 0 && details.name === undefined) return 'BadRequest';
  return statusReasonOf[reason];
};

const fieldList = (problem: Problem): string => {
  const said = (problem.details.fields ?? []).map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  return said.length === 0 ? problem.message : said.length === 1 ? (said[0] ?? '') : `[${said.join(', ')}]`;
};

/** The sentence that Kubernetes' own tools know, with our words at its end. */
function messageOf(problem: Problem, reason: StatusReason, kind: Named | undefined): string {
  const { name } = problem.details;
  if (kind === undefined || name === undefined || isStatusReason(problem.details.code)) return problem.message;
  const resource = `${qualifiedPlural(kind)} "${name}"`;
  switch (reason) {
    case 'NotFound':
      return `${resource} not found`;
    case 'AlreadyExists':
      return `${resource} already exists${problem.details.code === undefined ? '' : `: ${problem.message}`}`;
    case 'Forbidden':
      return problem.message.includes(' is forbidden') ? problem.message : `${resource} is forbidden: ${problem.message}`;
    case 'Invalid':
      return `${kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`} "${name}" is invalid: ${fieldList(problem)}`;
    case 'Conflict':
      // Apply's conflicts are listed by field, and their sentence is complete; so is that of the store.
      return (problem.details.fields ?? []).length > 0 || problem.message.startsWith('Operation cannot be fulfilled')
        ? problem.message
        : `Operation cannot be fulfilled on ${resource}: ${problem.message}`;
    default:
      return problem.message;
  }
}

/** What is refused before any object is named has empty details, not none. */
const isOfNoObject = (reason: StatusReason, { details }: Problem): boolean =>
  (reason === 'NotFound' || reason === 'MethodNotAllowed') && details.code === reason;

/** A Problem in Kubernetes' words: the code to answer with and the Status object. */
export function renderProblem(problem: Problem, findKind: FindKind): { code: number; body: StatusBody } {
  const reason = statusReason(problem);
  const code = codeOfStatusReason[reason];
  const { name, group, kind: kindName, fields = [], retryAfterSeconds } = problem.details;
  const kind =
    kindName === undefined
      ? undefined
      : (findKind(group, kindName) ?? (kindName === scale.kind && group === scale.group ? scale : undefined));
  const causes = fields.map(({ field, message, type }) => ({ reason: type, message, field }));
  const details = {
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined || kind.group === '' ? {} : { group: kind.group }),
    // Kubernetes puts the resource here, but for Invalid the kind.
    ...(kind === undefined ? {} : { kind: reason === 'Invalid' ? kind.kind : kind.plural }),
    ...(causes.length === 0 ? {} : { causes }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
  return {
    code,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: messageOf(problem, reason, kind),
      reason,
      ...(Object.keys(details).length === 0 && !isOfNoObject(reason, problem) ? {} : { details }),
      code,
    },
  };
}

/** What is not a Problem is a fault of ours: the caller learns the request id, the log learns the rest. */
export const internalError = (requestId: string | undefined): { code: number; body: StatusBody } => ({
  code: 500,
  body: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred${requestId === undefined ? '' : ` (request ${requestId})`}: see the server's log`,
    reason: 'InternalError',
    code: 500,
  },
});
