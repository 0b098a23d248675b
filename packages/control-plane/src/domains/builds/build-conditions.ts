import type { BuildStatus } from '@fairway/contracts';

/** The conditions of a build, in OpenChoreo's words (docs/compatibility/openchoreo.md, "Builds"). */
export type BuildCondition = { type: string; status: 'True' | 'False' | 'Unknown'; reason: string; message: string };

export const initiated: BuildCondition = {
  type: 'BuildInitiated',
  status: 'True',
  reason: 'BuildInitiated',
  message: 'Build initialization started',
};
export const triggered: BuildCondition = {
  type: 'BuildTriggered',
  status: 'True',
  reason: 'BuildTriggered',
  message: 'Build has been triggered',
};
export const inProgress: BuildCondition = {
  type: 'BuildCompleted',
  status: 'False',
  reason: 'BuildInProgress',
  message: 'Build is in progress',
};
/** Said at every look, so that a build that nothing can run never looks as if it were running. */
export const planeMissing = (message: string): BuildCondition => ({
  type: 'BuildCompleted',
  status: 'False',
  reason: 'BuildPlaneNotFound',
  message,
});
export const completed: BuildCondition = {
  type: 'BuildCompleted',
  status: 'True',
  reason: 'BuildCompleted',
  message: 'Build completed successfully',
};
export const failed = (message: string): BuildCondition => ({ type: 'BuildCompleted', status: 'False', reason: 'BuildFailed', message });
export const canceled: BuildCondition = {
  type: 'BuildCompleted',
  status: 'False',
  reason: 'BuildCanceled',
  message: 'the build was canceled',
};

export const workloadUpdated: BuildCondition = {
  type: 'WorkloadUpdated',
  status: 'True',
  reason: 'WorkloadUpdated',
  message: 'Workload updated successfully',
};
/** Another build was made later and finished first: its image is the one that is deployed. */
export const superseded = (by: string): BuildCondition => ({
  type: 'WorkloadUpdated',
  status: 'False',
  reason: 'WorkloadSuperseded',
  message: `the newer build ${by} wrote the workload first`,
});

export const hasWorkloadCondition = (status: BuildStatus | undefined): boolean =>
  status?.conditions?.some(({ type }) => type === 'WorkloadUpdated') ?? false;

const completion = (status: BuildStatus | undefined) => status?.conditions?.find(({ type }) => type === 'BuildCompleted');

export const isSucceeded = (status: BuildStatus | undefined): boolean => completion(status)?.status === 'True';
export const isFailed = (status: BuildStatus | undefined): boolean =>
  ['BuildFailed', 'BuildCanceled'].includes(completion(status)?.reason ?? '');
/** A build that is over is never run again; a new commit or a new trigger makes a new build. */
export const isOver = (status: BuildStatus | undefined): boolean => isSucceeded(status) || isFailed(status);
