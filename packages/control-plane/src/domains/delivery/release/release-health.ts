import type { ReleaseStatus } from '@fairway/contracts';
import { type AnyResource, timestamp } from '@fairway/resources/model';
import type { ReleaseResource } from '../binding/binding-work.ts';
import { annotations } from '../labels.ts';
import type { Health, HealthOf } from '../ports.ts';
import type { Live } from './apply-release.ts';
import type { ReleaseEntry } from './release-objects.ts';
import { entriesOf, identityOf } from './release-objects.ts';
import { serviceAddresses } from './service-addresses.ts';

type ResourceStatus = NonNullable<ReleaseStatus['resources']>[number];

/** Longer texts come from an application's own output; its last lines tell most. */
const maxMessageLength = 2_000;

/** One entry for each object, in their order. `lastObservedTime` moves only when something else does, so that looking writes nothing. */
export function resourceStatuses(
  release: ReleaseResource,
  live: Live,
  { healthOf, now }: { healthOf: HealthOf; now: number },
): ResourceStatus[] {
  return entriesOf(release).map((entry) => {
    const object = live.objects.get(identityOf(entry.object));
    const health: Health =
      object === undefined ? { status: 'Missing', message: 'not there yet' } : healthOf(object, { pods: podsOf(object, live) });
    const before = release.status?.resources?.find(({ id }) => id === entry.id);
    const seen = statusOf(entry, object, { health, before });
    const { lastObservedTime = timestamp(now), ...old } = before ?? { id: '' };
    return { ...seen, lastObservedTime: JSON.stringify(old) === JSON.stringify(seen) ? lastObservedTime : timestamp(now) };
  });
}

/** Those of the release that is wanted now: instances of the one before are on their way out and may well be the reason for it. */
function podsOf(object: AnyResource, { pods }: Live): readonly AnyResource[] {
  const { template } = (object.spec ?? {}) as { template?: { metadata?: { annotations?: Record<string, string> } } };
  const wanted = template?.metadata?.annotations?.[annotations.componentRelease];
  return wanted === undefined ? [] : pods.filter((pod) => pod.metadata.annotations?.[annotations.componentRelease] === wanted);
}

function statusOf(
  { id, object }: ReleaseEntry,
  live: AnyResource | undefined,
  { health, before }: { health: Health; before: ResourceStatus | undefined },
): ResourceStatus {
  const slash = object.apiVersion.indexOf('/');
  const status = live?.status;
  // A Service that was removed comes back with its address; callers are not sent elsewhere meanwhile.
  const addresses = live === undefined ? before?.addresses : serviceAddresses(live);
  return {
    id,
    ...(slash === -1 ? {} : { group: object.apiVersion.slice(0, slash) }),
    version: object.apiVersion.slice(slash + 1),
    kind: object.kind,
    name: object.metadata.name,
    ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
    ...(typeof status === 'object' && status !== null ? { status: status as NonNullable<ResourceStatus['status']> } : {}),
    ...(addresses === undefined ? {} : { addresses }),
    healthStatus: health.status === 'Missing' ? 'Progressing' : health.status,
    ...(health.message === undefined || health.message === '' ? {} : { healthMessage: health.message.slice(-maxMessageLength) }),
  };
}

export const isAllHealthy = (statuses: readonly ResourceStatus[]): boolean =>
  statuses.every(({ healthStatus }) => healthStatus === 'Healthy' || healthStatus === 'Suspended');
