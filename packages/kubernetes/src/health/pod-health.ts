import type { Resource } from '@fairway/resources/model';
import { conditionOf, degraded, type Health, healthy, progressing, specOf, statusOf, trueCondition } from './health.ts';

interface Terminated {
  exitCode?: number;
  signal?: number;
  reason?: string;
  message?: string;
}

interface ContainerStatus {
  name?: string;
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string }; terminated?: Terminated };
  lastState?: { terminated?: Terminated };
}

interface PodStatus {
  phase?: string;
  message?: string;
  reason?: string;
  containerStatuses?: readonly ContainerStatus[];
  initContainerStatuses?: readonly ContainerStatus[];
}

// Messages come from programs' last words; conditions and tables show a sentence.
const maxMessageChars = 300;

// The agent's own explanation begins with the cause and the way out; an application's last words follow it.
const explainedReason = 'PortTaken';
const maxExplanationChars = 600;

const isBadReason = (reason = ''): boolean =>
  reason.startsWith('Err') || reason.endsWith('Error') || reason.endsWith('BackOff') || reason === explainedReason;

const containersOf = (pod: Resource): readonly ContainerStatus[] => {
  const { initContainerStatuses = [], containerStatuses = [] } = statusOf<PodStatus>(pod);
  return [...initContainerStatuses, ...containerStatuses];
};

/** What a program said at its end, without the frames of a JavaScript stack: the error stands before them, and would be cut off. */
function lastWords(message: string): string {
  const words = message.split('\n').filter((line) => !/^\s+at \S|^Node\.js v\d/.test(line));
  return words.join('\n').trim() || message.trim();
}

const ending = ({ exitCode, signal, reason, message }: Terminated): string => {
  const how =
    reason === 'OOMKilled'
      ? 'was killed for lack of memory'
      : signal
        ? `ended by signal ${signal}`
        : `ended with exit code ${exitCode ?? '?'}`;
  const said = lastWords(message ?? '');
  return said === '' ? how : `${how}: ${said.slice(-maxMessageChars)}`;
};

const sayWaiting = (container: ContainerStatus): string => {
  const { reason = '', message = '' } = container.state?.waiting ?? {};
  if (reason === explainedReason) return `container ${container.name ?? '?'}: ${reason}: ${message.slice(0, maxExplanationChars)}`;
  const last = container.lastState?.terminated;
  return `container ${container.name ?? '?'}: ${reason}${last === undefined ? (message === '' ? '' : `: ${message.slice(0, maxMessageChars)}`) : `, it ${ending(last)}`}`;
};

/** Why a container of the pod cannot start or keeps crashing; undefined when none does. */
function crashOf(pod: Resource): string | undefined {
  const stuck = containersOf(pod).find((container) => isBadReason(container.state?.waiting?.reason));
  return stuck === undefined ? undefined : sayWaiting(stuck);
}

/** A container that is between two crashes: it ended badly, was restarted, and is not ready yet. */
const restartedOf = (pod: Resource): string | undefined => {
  const container = containersOf(pod).find(({ ready, lastState }) => ready !== true && lastState?.terminated !== undefined);
  const last = container?.lastState?.terminated;
  return container === undefined || last === undefined ? undefined : `container ${container.name ?? '?'} ${ending(last)}`;
};

function failureOf(pod: Resource): string {
  const { message, reason } = statusOf<PodStatus>(pod);
  if (message) return message;
  const failed = containersOf(pod).find(({ state }) => state?.terminated !== undefined && state.terminated.exitCode !== 0);
  const terminated = failed?.state?.terminated;
  return terminated === undefined ? (reason ?? 'the pod failed') : `container ${failed?.name ?? '?'} ${ending(terminated)}`;
}

export function podHealth(pod: Resource): Health {
  const { restartPolicy = 'Always' } = specOf<{ restartPolicy: string }>(pod);
  const { phase = '', message = '' } = statusOf<PodStatus>(pod);
  const isLongRunning = restartPolicy === 'Always';
  const crash = isLongRunning ? crashOf(pod) : undefined;
  if (crash !== undefined) return degraded(crash);
  switch (phase) {
    case 'Succeeded':
      return healthy(message);
    case 'Failed':
      return degraded(failureOf(pod));
    case 'Running': {
      // A pod that is meant to end has done its work when it has ended, not while it runs.
      if (!isLongRunning) return progressing('the pod has not ended yet');
      if (trueCondition(pod, 'Ready') !== undefined) return healthy();
      const restarted = restartedOf(pod);
      return restarted === undefined ? progressing('the pod is not ready yet') : degraded(restarted);
    }
    case 'Pending':
      return progressing(message || 'the pod has not started yet');
    default:
      return { status: 'Unknown', message: phase === '' ? 'the pod has no phase' : `the pod's phase is ${phase}` };
  }
}

const hashOf = (pod: Resource): string | undefined => pod.metadata.labels?.['pod-template-hash'];

/** Pods of the newest template: those that an update is replacing may crash as they like. */
function newestPods(pods: readonly Resource[]): readonly Resource[] {
  const present = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const newest = present.reduce<Resource | undefined>(
    (latest, pod) =>
      latest === undefined || (pod.metadata.creationTimestamp ?? '') > (latest.metadata.creationTimestamp ?? '') ? pod : latest,
    undefined,
  );
  const hash = newest === undefined ? undefined : hashOf(newest);
  return hash === undefined ? present : present.filter((pod) => hashOf(pod) === hash);
}

/** Why a workload's pods keep crashing, naming the first one; undefined when none does. */
export function crashAmong(pods: readonly Resource[] = []): string | undefined {
  for (const pod of newestPods(pods)) {
    const crash = crashOf(pod);
    if (crash !== undefined) return `pod ${pod.metadata.name}: ${crash}`;
  }
  return undefined;
}

/** What the newest pods that run are waited for, naming the first one; undefined when all are ready or none has started. */
export function unreadyAmong(pods: readonly Resource[] = []): string | undefined {
  for (const pod of newestPods(pods)) {
    const { status, message = '' } = conditionOf(pod, 'Ready') ?? {};
    if (status !== 'False' || statusOf<PodStatus>(pod).phase !== 'Running') continue;
    // Between two crashes nothing listens either; how it ended says more.
    const why = restartedOf(pod) ?? message.slice(0, maxMessageChars);
    if (why !== '') return `pod ${pod.metadata.name}: ${why}`;
  }
  return undefined;
}
