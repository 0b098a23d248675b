import { createHash } from 'node:crypto';
import { Event, type EventFields } from '@fairway/contracts/builtin';
import type { Log } from '@fairway/resources/log';
import { type AnyResource, type Cause, type Clock, type Resources, timestamp } from '@fairway/resources/model';
import { namespaceOf, type PodObject, uidOf } from './pod-object.ts';

export type RecordEvent = (pod: PodObject, event: { type: 'Normal' | 'Warning'; reason: string; message: string }) => void;

const maxMessageChars = 1_024;

/** Writes core Events about pods; the same event again counts up. Never fails its caller: an event is a courtesy. */
export function createRecordEvent(deps: {
  resources: Resources;
  clock: Clock;
  log: Log;
  cause: (action: string) => Cause;
  nodeName: string;
}): RecordEvent {
  const { resources, clock, log, cause, nodeName } = deps;
  let last: Promise<unknown> = Promise.resolve();
  return (pod, { type, reason, message }) => {
    const namespace = namespaceOf(pod);
    const text = message.slice(0, maxMessageChars);
    const hash = createHash('sha256')
      .update(`${uidOf(pod)}\0${reason}\0${text}`)
      .digest('hex')
      .slice(0, 16);
    const name = `${pod.metadata.name}.${hash}`;
    const at = timestamp(clock.now());
    const fresh = {
      apiVersion: 'v1',
      kind: Event.kind,
      metadata: { namespace, name },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name: pod.metadata.name, uid: uidOf(pod) },
      type,
      reason,
      message: text,
      source: { component: 'fairway-node-agent', host: nodeName },
      reportingComponent: 'fairway-node-agent',
      reportingInstance: nodeName,
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    };
    const change = (current: AnyResource | undefined): AnyResource => {
      if (current === undefined) return fresh;
      const { count = 1 } = current as unknown as EventFields;
      return { ...current, count: count + 1, lastTimestamp: at };
    };
    // One after the other, so that they are stored in the order in which they happened.
    last = last
      .then(() => resources.commit(cause('event.record'), [{ op: 'mutate', kind: Event, key: { namespace, name }, create: true, change }]))
      .catch((error: unknown) => log.debug('an event could not be recorded', { reason, pod: pod.metadata.name, error }));
  };
}
