import type { PipelineStep } from '@fairway/contracts';

/** One step of a run, on its way to a build plane. */
export interface StepOrder {
  organization: string;
  run: string;
  runUid: string;
  step: PipelineStep;
  /** Deterministic, so that a second start after a crash finds the first. */
  jobName: string;
  /** Variables that may be seen. */
  env: Readonly<Record<string, string>>;
  /** Variables that go through a Secret. */
  secretEnv: Readonly<Record<string, string>>;
}

export type StepState =
  | { is: 'absent' }
  | { is: 'pending'; message?: string; pod?: string }
  | { is: 'running'; pod: string }
  /** `result` is the termination message; `exitCode` is absent when the process never started. */
  | { is: 'finished'; succeeded: boolean; exitCode?: number; result?: string; message?: string; pod?: string };

/** Where steps run: Jobs on a cluster. Filled by drivers/kubernetes. */
export interface BuildPlane {
  /** Namespace of an organization's Jobs. */
  namespaceOf(organization: string): string;
  /** Starts the Job unless it is there; never starts it twice. */
  start(order: StepOrder, signal: AbortSignal): Promise<void>;
  observe(organization: string, jobName: string, signal: AbortSignal): Promise<StepState>;
  /** Log of the step so far, or to its end with `follow`; undefined when the pod is gone. */
  log(
    organization: string,
    jobName: string,
    options: { follow: boolean; signal: AbortSignal },
  ): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Stops and removes the Job, its pods and its Secret. Succeeds when they are gone already. */
  remove(organization: string, jobName: string, signal: AbortSignal): Promise<void>;
}

/** The build plane by the name in `spec.buildPlane`; undefined when there is none of that name. */
export type BuildPlanes = (organization: string, name: string) => Promise<BuildPlane | undefined>;

/** Logs of finished steps, kept after their pods are gone. */
export interface LogArchive {
  save(organization: string, name: string, log: AsyncIterable<Uint8Array>): Promise<void>;
  read(organization: string, name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Succeeds when it is gone already, and for a name that no log can have. */
  remove(organization: string, name: string): Promise<void>;
}

/** Tokens of runs: each may do what its run's grant says, for as long as the run lasts. */
export interface RunTokens {
  /** Makes the token; a second call for the same run replaces the first token. */
  issue(grant: {
    run: string;
    organization: string;
    permissions: readonly string[];
    limits: Readonly<Record<string, string>>;
    lifetimeMs: number;
  }): Promise<string>;
  /** Succeeds when it is gone already. */
  revoke(organization: string, run: string): Promise<void>;
}
