import type { Cause } from '@fairway/resources/model';
import type { Exchange } from '#http';
import type { ComponentPlace } from './dependencies.ts';

/** Why this surface writes. */
export const causeOf = ({ caller, requestId, traceparent, keyUse }: Exchange, action: string): Cause => ({
  caller,
  action,
  requestId,
  traceparent,
  ...(keyUse === undefined ? {} : { also: [keyUse()] }),
});

export const placeOf = ({ params }: Exchange): ComponentPlace => ({
  organization: params.org ?? '',
  project: params.project ?? '',
  component: params.component ?? '',
});
