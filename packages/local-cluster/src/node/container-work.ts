import type { Image } from '../images/index.ts';
import type { ContainerRecord } from '../runtime/index.ts';
import type { ContainerEnd } from './describe-end.ts';
import { type ContainerSpec, isSidecar } from './pod-object.ts';
import type { Health } from './probe-container.ts';

/** What the agent remembers of one container of a pod. All of it can be found again after a restart, but for the failures in a row. */
export interface ContainerWork {
  container: ContainerSpec;
  isInit: boolean;
  current?: ContainerRecord;
  previous?: ContainerRecord;
  waiting?: { reason: string; message: string };
  health?: Health;
  ends: Map<string, ContainerEnd>;
  image?: Image;
  isPulling: boolean;
  /** Failed pulls or starts in a row, and when the next may be tried. */
  failedTries: number;
  tryAgainAt: number;
  /** Short runs in a row. */
  shortRuns: number;
  /** Why the agent stopped the present run. */
  stoppedFor?: string;
  isStopping: boolean;
  /** What the stop under way grants. */
  graceSeconds?: number;
  watchers: { stop(): void }[];
}

export const createContainerWork = (container: ContainerSpec, isInit: boolean, records: readonly ContainerRecord[]): ContainerWork => {
  const [current, previous] = records.filter(({ name }) => name === container.name).sort((a, b) => b.attempt - a.attempt);
  return {
    container,
    isInit,
    ...(current === undefined ? {} : { current }),
    ...(previous === undefined ? {} : { previous }),
    ends: new Map(),
    isPulling: false,
    failedTries: 0,
    tryAgainAt: 0,
    shortRuns: current?.interrupted === true ? 0 : (current?.attempt ?? 0),
    isStopping: false,
    watchers: [],
  };
};

export const isRunning = ({ current }: ContainerWork): boolean => current !== undefined && current.exit === undefined;

export const isSidecarWork = ({ container, isInit }: ContainerWork): boolean => isSidecar(container, isInit);

export const stopWatching = (work: ContainerWork): void => {
  for (const watcher of work.watchers) watcher.stop();
  work.watchers = [];
};
