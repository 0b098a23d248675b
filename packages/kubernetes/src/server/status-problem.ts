import { type Kind, Problem } from '@fairway/resources/model';
import type { StatusReason } from '../words/status-reasons.ts';

/** A refusal that belongs to the protocol alone. Its `code` is Kubernetes' reason, which render-problem.ts takes as it is. */
export const protocolProblem = (reason: StatusReason, message: string): Problem =>
  new Problem({ reason: reason === 'NotFound' ? 'not-found' : reason === 'Expired' ? 'gone' : 'invalid', message, code: reason });

export const badRequest = (message: string): Problem => protocolProblem('BadRequest', message);

export const noSuchResource = (): Problem => protocolProblem('NotFound', 'the server could not find the requested resource');

export const methodNotAllowed = (): Problem =>
  protocolProblem('MethodNotAllowed', 'the server does not allow this method on the requested resource');

/** Kubernetes' name of a kind's resource: `deployments.apps`, `pods`. */
export const qualifiedPlural = (kind: { group: string; plural: string }): string =>
  kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;

export const objectNotFound = (kind: Kind, name: string): Problem =>
  new Problem({ reason: 'not-found', message: `${qualifiedPlural(kind)} "${name}" not found`, kind: kind.kind, group: kind.group, name });
