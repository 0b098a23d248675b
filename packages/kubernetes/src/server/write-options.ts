import { type Cause, Problem } from '@fairway/resources/model';
import type { Exchange } from './exchange.ts';
import type { ResourceTarget } from './resource-target.ts';
import { badRequest } from './status-problem.ts';

/** The query parameters of a write, checked. */
export interface WriteParameters {
  dryRun: boolean;
  fieldManager: string;
  force: boolean;
  fieldValidation: 'Strict' | 'Warn' | 'Ignore';
}

const maxManagerChars = 128;

/** Clients that name no manager are known by the first word of their User-Agent, as in Kubernetes. */
const agentName = (agent: string | undefined): string => (agent ?? '').split('/')[0]?.slice(0, maxManagerChars) || 'unknown';

export function writeParameters({ query, request }: Exchange): WriteParameters {
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  if (dryRun.some((value) => value !== 'All')) throw badRequest(`dryRun must be All, not ${JSON.stringify(dryRun.join(','))}`);
  const fieldManager = query.get('fieldManager') ?? '';
  if (fieldManager.length > maxManagerChars) throw badRequest(`fieldManager may have at most ${maxManagerChars} characters`);
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  if (fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore')
    throw badRequest(`fieldValidation must be Strict, Warn or Ignore, not ${JSON.stringify(fieldValidation)}`);
  return {
    dryRun: dryRun.length > 0,
    fieldManager: fieldManager || agentName(request.headers['user-agent']),
    force: query.get('force') === 'true',
    fieldValidation,
  };
}

/** Server-side apply means nothing without the name of the one who applies. */
export function requireFieldManager({ query }: Exchange): void {
  if ((query.get('fieldManager') ?? '') !== '') return;
  throw new Problem({
    reason: 'invalid',
    message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    fields: [{ field: 'fieldManager', message: 'Required value: is required for apply patch', type: 'FieldValueRequired' }],
  });
}

export function causeOf(
  { context, request }: Exchange,
  target: ResourceTarget,
  { verb, fieldManager }: { verb: string; fieldManager: string },
): Cause {
  const { traceparent } = request.headers;
  return {
    caller: context.caller,
    action: `${target.served.kind.singular}.${verb}`,
    fieldManager,
    ...(context.requestId === undefined ? {} : { requestId: context.requestId }),
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(context.repeatable === undefined ? {} : { also: context.repeatable.also() }),
  };
}
