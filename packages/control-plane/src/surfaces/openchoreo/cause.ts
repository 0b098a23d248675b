import { type Cause, notFound } from '@fairway/resources/model';
import type { Exchange } from '#http';
import type { ComponentPlace } from './dependencies.ts';

/** Why this surface writes. A caller of another organization learns nothing, not even that this one exists. */
export function causeOf(exchange: Exchange, action: string): Cause {
  const { caller, requestId, traceparent, params } = exchange;
  const organization = params.org;
  if (organization !== undefined && caller.organization !== undefined && caller.organization !== organization)
    throw notFound('Organization', organization);
  return { caller, action, requestId, traceparent };
}

export const placeOf = ({ params }: Exchange): ComponentPlace => ({
  organization: params.org ?? '',
  project: params.project ?? '',
  component: params.component ?? '',
});
