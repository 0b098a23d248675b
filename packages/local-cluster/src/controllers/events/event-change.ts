import { createHash } from 'node:crypto';
import { Event, type EventFields } from '@fairway/contracts/builtin';
import { type Change, type Resource, timestamp } from '@fairway/resources/model';

export interface Happening {
  about: Resource;
  type?: 'Normal' | 'Warning';
  /** A PascalCase fact. */
  reason: string;
  message: string;
  /** Who saw it. */
  component: string;
  now: number;
}

type EventObject = Resource<never, never> & EventFields;

/** The same thing about the same object is one event with a count. */
const nameOf = ({ about, reason, message, component }: Happening): string => {
  const digest = createHash('sha256')
    .update(JSON.stringify([about.metadata.uid, reason, message, component]))
    .digest('hex');
  return `${about.metadata.name.slice(0, 230)}.${digest.slice(0, 16)}`;
};

/** Writes an Event, as a part of the commit that made it true. */
export function eventChange(happening: Happening): Change {
  const { about, type = 'Normal', reason, message, component, now } = happening;
  const at = timestamp(now);
  const { name, uid = '', namespace = 'default', resourceVersion } = about.metadata;
  return {
    op: 'mutate',
    kind: Event,
    key: { namespace, name: nameOf(happening) },
    create: true,
    change: (current) => {
      if (current !== undefined) {
        const seen = current as unknown as EventObject;
        return { ...current, ...{ lastTimestamp: at, count: (seen.count ?? 1) + 1 } };
      }
      const fields: EventFields = {
        involvedObject: {
          apiVersion: about.apiVersion,
          kind: about.kind,
          name,
          namespace,
          uid,
          ...(resourceVersion === undefined ? {} : { resourceVersion }),
        },
        reason,
        message,
        type,
        source: { component },
        reportingComponent: component,
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
      };
      return { apiVersion: 'v1', kind: Event.kind, metadata: { name: nameOf(happening), namespace }, ...fields };
    },
  };
}
