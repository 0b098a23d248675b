import { isProblem, type Problem, type Reason } from '@fairway/resources/model';
import { type Method, type Reply, statusOf } from '#http';

/** OpenChoreo's envelope and codes (docs/compatibility/openchoreo.md, "Envelope"). Absent values are left out, a newline follows. */
const json = (status: number, value: unknown): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: `${JSON.stringify(value)}\n`,
});

export const success = (status: number, data: unknown): Reply => json(status, { success: true, data });
export const list = (items: readonly unknown[]): Reply =>
  success(200, { items, totalCount: items.length, page: 1, pageSize: items.length });
const failure = (status: number, error: string, code: string): Reply => json(status, { success: false, error, code });

/** Words and codes of a kind's problems where OpenChoreo has its own. */
const kindWord: Readonly<Record<string, string>> = {
  Organization: 'ORGANIZATION',
  Project: 'PROJECT',
  Component: 'COMPONENT',
  Environment: 'ENVIRONMENT',
  DataPlane: 'DATAPLANE',
  DeploymentPipeline: 'DEPLOYMENT_PIPELINE',
  Binding: 'BINDING',
  ServiceBinding: 'BINDING',
  WebApplicationBinding: 'BINDING',
  ScheduledTaskBinding: 'BINDING',
};
const nameOf: Readonly<Record<string, string>> = {
  DEPLOYMENT_PIPELINE: 'Deployment pipeline',
  DATAPLANE: 'DataPlane',
  ORGANIZATION: 'Organization',
  PROJECT: 'Project',
  COMPONENT: 'Component',
  ENVIRONMENT: 'Environment',
  BINDING: 'Binding',
};
const plainCode = {
  'not-found': 'NOT_FOUND',
  'already-exists': 'CONFLICT',
  invalid: 'INVALID_INPUT',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  conflict: 'CONFLICT',
  gone: 'GONE',
  'too-large': 'PAYLOAD_TOO_LARGE',
  'rate-limited': 'RATE_LIMITED',
  unavailable: 'UNAVAILABLE',
} as const satisfies Record<Reason, string>;

function codeOf({ reason, details }: Problem): string {
  if (details.code !== undefined) return details.code;
  const word = kindWord[details.kind ?? ''];
  if (word !== undefined && reason === 'not-found') return `${word}_NOT_FOUND`;
  if (word !== undefined && reason === 'already-exists') return `${word}_EXISTS`;
  return plainCode[reason];
}

/** The original's bare sentence comes first, so that clients which compare it go on; what it left unsaid follows. */
function messageOf(problem: Problem): string {
  const name = nameOf[kindWord[problem.details.kind ?? ''] ?? ''];
  if (name !== undefined && problem.reason === 'not-found' && problem.details.code === undefined) return `${name} not found`;
  if (
    name !== undefined &&
    problem.reason === 'already-exists' &&
    problem.details.code === undefined &&
    /^[\w.]+ "[^"]*" already exists$/.test(problem.message)
  )
    return `${name} already exists`;
  // The store's own refusals name their fields already.
  const fields = (problem.details.fields ?? []).filter(({ message }) => !problem.message.includes(message));
  return fields.length === 0
    ? problem.message
    : `${problem.message}: ${fields.map(({ field, message }) => `${field}: ${message}`).join('; ')}`;
}

export const renderProblem = (error: unknown): Reply =>
  isProblem(error)
    ? failure(error.details.code === 'IDEMPOTENCY_MISMATCH' ? 422 : statusOf[error.reason], messageOf(error), codeOf(error))
    : failure(500, 'Internal server error', 'INTERNAL_ERROR');

/** Unknown paths and methods are answered in plain text, as the original's router does. */
export function renderNoRoute(allowed: readonly Method[]): Reply {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return allowed.length === 0
    ? { status: 404, headers, body: '404 page not found\n' }
    : { status: 405, headers: { ...headers, allow: allowed.toSorted().join(', ') }, body: 'Method Not Allowed\n' };
}
