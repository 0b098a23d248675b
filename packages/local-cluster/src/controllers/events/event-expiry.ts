import { Event, type EventFields } from '@fairway/contracts/builtin';
import { keyOf } from '@fairway/resources/model';
import { type Controller, settled } from '@fairway/resources/reconcile';
import { lookAgainIn } from '../look-again.ts';

// As long as Kubernetes keeps them.
const keptMs = 3_600_000;

/** Forgets Events an hour after they were last seen. */
export const createEventExpiry = (): Controller<typeof Event> => ({
  name: 'local-cluster/event-expiry',
  kind: Event,
  conditionStyle: 'own',
  async reconcile(event, { resources, clock, cause }) {
    const { lastTimestamp, eventTime } = event as unknown as EventFields;
    const seen = Date.parse(lastTimestamp ?? eventTime ?? event.metadata.creationTimestamp ?? '') || 0;
    const left = seen + keptMs - clock.now();
    if (left > 0) return { outcome: lookAgainIn(left) };
    const { resourceVersion } = event.metadata;
    const expect = resourceVersion === undefined ? {} : { expect: { resourceVersion } };
    await resources.commit(cause('event.expire'), [{ op: 'delete', kind: Event, key: keyOf(event), ...expect }]);
    return { outcome: settled };
  },
});
