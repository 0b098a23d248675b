import { type Static, Type } from 'typebox';
import { PodTemplateSpec } from './pod.ts';
import {
  atomicList,
  IntOrString,
  Kept,
  KubernetesConditions,
  LabelSelector,
  ObjectReference,
  ObservedGeneration,
  StringMap,
  Time,
} from './shapes.ts';

const Count = Type.Integer({ minimum: 0 });
const replicas = Type.Optional(Type.Integer({ minimum: 0, default: 1, description: 'How many pods are wanted.' }));

export const DeploymentSpec = Type.Object(
  {
    replicas,
    selector: LabelSelector,
    template: PodTemplateSpec,
    strategy: Type.Optional(
      Type.Object(
        {
          type: Type.Optional(Type.Enum(['RollingUpdate', 'Recreate'], { default: 'RollingUpdate' })),
          rollingUpdate: Type.Optional(
            Type.Object({
              maxSurge: Type.Optional(IntOrString('Pods above the wanted number, as a number or in percent.')),
              maxUnavailable: Type.Optional(IntOrString('Pods that may be missing, as a number or in percent.')),
            }),
          ),
        },
        { default: {}, 'x-kubernetes-patch-strategy': 'retainKeys', description: 'How old pods are replaced by new ones.' },
      ),
    ),
    minReadySeconds: Type.Optional(Count),
    revisionHistoryLimit: Type.Optional(Type.Integer({ minimum: 0, default: 10 })),
    progressDeadlineSeconds: Type.Optional(Type.Integer({ minimum: 1, default: 600 })),
    paused: Type.Optional(Type.Boolean()),
  },
  { description: 'Pods that are replaced step by step when their template changes.' },
);
export type DeploymentSpec = Static<typeof DeploymentSpec>;
export const DeploymentStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  replicas: Type.Optional(Count),
  updatedReplicas: Type.Optional(Count),
  readyReplicas: Type.Optional(Count),
  availableReplicas: Type.Optional(Count),
  unavailableReplicas: Type.Optional(Count),
  terminatingReplicas: Type.Optional(Count),
  collisionCount: Type.Optional(Count),
  conditions: KubernetesConditions,
});
export type DeploymentStatus = Static<typeof DeploymentStatus>;

export const ReplicaSetSpec = Type.Object(
  { replicas, minReadySeconds: Type.Optional(Count), selector: LabelSelector, template: PodTemplateSpec },
  { description: 'A number of pods that are alike.' },
);
export type ReplicaSetSpec = Static<typeof ReplicaSetSpec>;
export const ReplicaSetStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  replicas: Count,
  fullyLabeledReplicas: Type.Optional(Count),
  readyReplicas: Type.Optional(Count),
  availableReplicas: Type.Optional(Count),
  terminatingReplicas: Type.Optional(Count),
  conditions: KubernetesConditions,
});
export type ReplicaSetStatus = Static<typeof ReplicaSetStatus>;

const PodFailurePolicy = Type.Object(
  {
    rules: atomicList(
      Type.Object({
        action: Type.Enum(['FailJob', 'FailIndex', 'Ignore', 'Count']),
        onExitCodes: Type.Optional(
          Type.Object({
            containerName: Type.Optional(Type.String()),
            operator: Type.Enum(['In', 'NotIn']),
            values: Type.Array(Type.Integer(), { 'x-kubernetes-list-type': 'set' }),
          }),
        ),
        onPodConditions: Type.Optional(
          atomicList(Type.Object({ type: Type.String(), status: Type.Optional(Type.String({ default: 'True' })) })),
        ),
      }),
    ),
  },
  { description: 'What follows from a failed pod: the first rule that fits says it.' },
);

export const JobSpec = Type.Object(
  {
    parallelism: Type.Optional(Count),
    completions: Type.Optional(Count),
    backoffLimit: Type.Optional(Type.Integer({ minimum: 0, description: 'Failed pods after which the job gives up; 6 when absent.' })),
    backoffLimitPerIndex: Type.Optional(Count),
    maxFailedIndexes: Type.Optional(Count),
    activeDeadlineSeconds: Type.Optional(Type.Integer({ minimum: 1 })),
    ttlSecondsAfterFinished: Type.Optional(Count),
    suspend: Type.Optional(Type.Boolean({ default: false })),
    completionMode: Type.Optional(Type.Enum(['NonIndexed', 'Indexed'], { default: 'NonIndexed' })),
    manualSelector: Type.Optional(Type.Boolean()),
    podReplacementPolicy: Type.Optional(Type.String()),
    podFailurePolicy: Type.Optional(PodFailurePolicy),
    selector: Type.Optional(LabelSelector),
    template: PodTemplateSpec,
  },
  { description: 'Pods that run to their end.' },
);
export type JobSpec = Static<typeof JobSpec>;
export const JobStatus = Type.Object({
  conditions: KubernetesConditions,
  startTime: Type.Optional(Time),
  completionTime: Type.Optional(Time),
  active: Type.Optional(Count),
  ready: Type.Optional(Count),
  terminating: Type.Optional(Count),
  succeeded: Type.Optional(Count),
  failed: Type.Optional(Count),
  completedIndexes: Type.Optional(Type.String({ description: 'Numbers that have succeeded: `1,3-5,7`.' })),
  failedIndexes: Type.Optional(Type.String({ description: 'Numbers that were given up.' })),
  uncountedTerminatedPods: Type.Optional(Kept('Pods that ended and are not counted yet.')),
});
export type JobStatus = Static<typeof JobStatus>;

export const CronJobSpec = Type.Object(
  {
    schedule: Type.String({ minLength: 1, description: 'Five fields: minute, hour, day of month, month, day of week.' }),
    timeZone: Type.Optional(Type.String({ description: 'The zone that the schedule is read in; UTC when absent.' })),
    startingDeadlineSeconds: Type.Optional(Count),
    concurrencyPolicy: Type.Optional(Type.Enum(['Allow', 'Forbid', 'Replace'], { default: 'Allow' })),
    suspend: Type.Optional(Type.Boolean({ default: false })),
    successfulJobsHistoryLimit: Type.Optional(Type.Integer({ minimum: 0, default: 3 })),
    failedJobsHistoryLimit: Type.Optional(Type.Integer({ minimum: 0, default: 1 })),
    jobTemplate: Type.Object({
      metadata: Type.Optional(
        Type.Object({
          labels: Type.Optional(StringMap('Labels of the jobs.')),
          annotations: Type.Optional(StringMap('Annotations of the jobs.')),
          creationTimestamp: Type.Optional(Type.Unsafe<string | null>({ type: 'string', nullable: true })),
        }),
      ),
      spec: JobSpec,
    }),
  },
  { description: 'Jobs that start at set times.' },
);
export type CronJobSpec = Static<typeof CronJobSpec>;
export const CronJobStatus = Type.Object({
  active: Type.Optional(atomicList(ObjectReference)),
  lastScheduleTime: Type.Optional(Time),
  lastSuccessfulTime: Type.Optional(Time),
});
export type CronJobStatus = Static<typeof CronJobStatus>;
