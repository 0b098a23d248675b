import { timestamp } from '@fairway/resources/model';
import type { ContainerRecord } from '../runtime/index.ts';
import { type ContainerSpec, isSidecar, type PodObject, type PodStatusValue } from './pod-object.ts';
import type { Health } from './probe-container.ts';

type ContainerStatusValue = NonNullable<PodStatusValue['containerStatuses']>[number];
type StateValue = NonNullable<ContainerStatusValue['state']>;
type ConditionValue = NonNullable<PodStatusValue['conditions']>[number];

/** What the agent knows of one container. */
export interface ContainerView {
  container: ContainerSpec;
  /** Its latest run. */
  current?: ContainerRecord;
  /** The run before. */
  previous?: ContainerRecord;
  /** Why nothing runs now, if something shall. */
  waiting?: { reason: string; message: string };
  health?: Health;
  /** Reasons and last words of ended runs by container id. */
  ends: ReadonlyMap<string, { reason: string; message: string }>;
  imageId?: string;
}

export interface PodView {
  pod: PodObject;
  init: readonly ContainerView[];
  main: readonly ContainerView[];
  /** Set when the pod is over for a reason of its own: DeadlineExceeded. */
  failure?: { reason: string; message: string };
  now: number;
}

const terminatedState = (record: ContainerRecord, { ends }: ContainerView): StateValue => {
  const { exit } = record;
  if (exit === undefined) return {};
  const end = ends.get(record.id);
  return {
    terminated: {
      exitCode: exit.code,
      ...(exit.signal === undefined ? {} : { signal: exit.signal }),
      reason: end?.reason ?? (exit.code === 0 ? 'Completed' : 'Error'),
      message: end?.message ?? exit.reason,
      startedAt: timestamp(record.startedAt),
      finishedAt: timestamp(exit.at),
      containerID: `process://${record.id}`,
    },
  };
};

const stateOf = (view: ContainerView): StateValue => {
  const { current, waiting } = view;
  if (current !== undefined && current.exit === undefined) return { running: { startedAt: timestamp(current.startedAt) } };
  if (waiting !== undefined) return { waiting };
  if (current !== undefined) return terminatedState(current, view);
  return { waiting: { reason: 'PodInitializing', message: '' } };
};

const containerStatus = (view: ContainerView): ContainerStatusValue => {
  const { container, current, previous, health } = view;
  const isRunning = current !== undefined && current.exit === undefined;
  const state = stateOf(view);
  const before = state.waiting !== undefined && current?.exit !== undefined ? current : previous;
  return {
    name: container.name,
    state,
    ...(before === undefined ? {} : { lastState: terminatedState(before, view) }),
    ready: isRunning && health?.ready === true,
    started: isRunning && health?.started === true,
    restartCount: current?.attempt ?? 0,
    image: container.image ?? '',
    imageID: view.imageId ?? current?.imageId ?? '',
    ...(current === undefined ? {} : { containerID: `process://${current.id}` }),
  };
};

const isDone = ({ current, waiting }: ContainerView): boolean => current?.exit !== undefined && waiting === undefined;
const isLasting = ({ container }: ContainerView): boolean => isSidecar(container, true);
const failed = (view: ContainerView): boolean => isDone(view) && view.current?.exit?.code !== 0;

const phaseOf = ({ init, main, failure }: PodView): 'Pending' | 'Running' | 'Succeeded' | 'Failed' => {
  if (failure !== undefined || init.some((view) => !isLasting(view) && failed(view))) return 'Failed';
  if (main.length > 0 && main.every(isDone)) return main.some(failed) ? 'Failed' : 'Succeeded';
  const hasStarted = main.every(({ current }) => current !== undefined);
  return hasStarted ? 'Running' : 'Pending';
};

const condition = (before: PodStatusValue | undefined, said: Omit<ConditionValue, 'lastTransitionTime'>, now: number): ConditionValue => {
  const old = before?.conditions?.find(({ type }) => type === said.type);
  const since = old?.status === said.status ? old.lastTransitionTime : undefined;
  return { ...said, lastTransitionTime: since ?? timestamp(now) };
};

const notReadyWords = (main: readonly ContainerView[]): string =>
  main
    .filter(({ current, health }) => current?.exit !== undefined || current === undefined || health?.ready !== true)
    .map(({ container, current, waiting, health }) => {
      const why = current !== undefined && current.exit === undefined ? health?.message : (waiting?.message ?? current?.exit?.reason);
      return `container ${container.name} is not ready${why === undefined || why === '' ? '' : `: ${why}`}`;
    })
    .join('; ');

const conditionsOf = (view: PodView, phase: string): ConditionValue[] => {
  const { pod, init, main, now } = view;
  const before = pod.status;
  const say = (type: string, holds: boolean, reason = '', message = ''): ConditionValue =>
    condition(
      before,
      { type, status: holds ? 'True' : 'False', ...(reason === '' ? {} : { reason }), ...(message === '' ? {} : { message }) },
      now,
    );
  const hasStarted = main.some(({ current }) => current !== undefined);
  const isPassed = (each: ContainerView): boolean =>
    isLasting(each) ? hasStarted || containerStatus(each).started === true : isDone(each) && each.current?.exit?.code === 0;
  const initialised = init.every(isPassed);
  const lasting = [...init.filter(isLasting), ...main];
  const statuses = lasting.map(containerStatus);
  const ready = phase === 'Running' && statuses.every((status) => status.ready);
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const reason = ready ? '' : phase === 'Succeeded' ? 'PodCompleted' : isOver ? 'PodFailed' : 'ContainersNotReady';
  const words = ready
    ? lasting
        .map(({ health }) => health?.message ?? '')
        .filter((text) => text !== '')
        .join('; ')
    : notReadyWords(lasting);
  const own = [
    say('PodScheduled', true),
    say('Initialized', initialised, initialised ? '' : 'ContainersNotInitialized', initialised ? '' : 'init containers have not completed'),
    say('ContainersReady', ready, reason, words),
    say('Ready', ready, reason, words),
  ];
  // Kubernetes' word for a pod that its node ended: a Job may choose not to count it as a failure.
  const interrupted = phase === 'Failed' && [...init, ...main].some(({ current }) => current?.interrupted === true);
  if (interrupted) own.push(say('DisruptionTarget', true, 'TerminationByKubelet', 'the local cluster was ended'));
  const names = new Set(own.map(({ type }) => type));
  return [...(before?.conditions ?? []).filter(({ type }) => !names.has(type)), ...own];
};

/** The status that Kubernetes' users expect, from what is known of the pod's processes. Pure. */
export function podStatus(view: PodView): PodStatusValue {
  const { pod, init, main, failure, now } = view;
  const phase = phaseOf(view);
  const hasRun = [...init, ...main].some(({ current }) => current !== undefined);
  return {
    ...pod.status,
    phase,
    conditions: conditionsOf(view, phase),
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    ...(hasRun ? { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] } : {}),
    startTime: pod.status?.startTime ?? timestamp(now),
    ...(init.length === 0 ? {} : { initContainerStatuses: init.map(containerStatus) }),
    containerStatuses: main.map(containerStatus),
    qosClass: 'BestEffort',
    ...(failure === undefined ? {} : failure),
  };
}
