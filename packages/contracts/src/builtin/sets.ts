import { type Static, Type } from 'typebox';
import { PodTemplateSpec } from './pod.ts';
import { atomicList, IntOrString, Kept, KubernetesConditions, LabelSelector, ObservedGeneration } from './shapes.ts';
import { ClaimTemplate } from './storage.ts';

const Count = Type.Integer({ minimum: 0 });
const counted = { replicas: Count, readyReplicas: Type.Optional(Count), availableReplicas: Type.Optional(Count) };
const Retention = Type.Optional(Type.Enum(['Retain', 'Delete'], { default: 'Retain' }));

export const StatefulSetSpec = Type.Object(
  {
    replicas: Type.Optional(Type.Integer({ minimum: 0, default: 1, description: 'How many pods are wanted.' })),
    selector: LabelSelector,
    template: PodTemplateSpec,
    volumeClaimTemplates: Type.Optional(atomicList(ClaimTemplate)),
    serviceName: Type.Optional(Type.String({ default: '', description: 'The headless Service that names the pods.' })),
    podManagementPolicy: Type.Optional(Type.Enum(['OrderedReady', 'Parallel'], { default: 'OrderedReady' })),
    updateStrategy: Type.Optional(
      Type.Object(
        {
          type: Type.Optional(Type.Enum(['RollingUpdate', 'OnDelete'], { default: 'RollingUpdate' })),
          rollingUpdate: Type.Optional(
            Type.Object({
              partition: Type.Optional(Type.Integer({ minimum: 0, default: 0, description: 'Pods below this ordinal stay as they are.' })),
              maxUnavailable: Type.Optional(IntOrString('Pods that may be missing; one at a time here.')),
            }),
          ),
        },
        { default: {}, description: 'How old pods are replaced by new ones.' },
      ),
    ),
    revisionHistoryLimit: Type.Optional(Type.Integer({ minimum: 0, default: 10 })),
    minReadySeconds: Type.Optional(Count),
    persistentVolumeClaimRetentionPolicy: Type.Optional(
      Type.Object(
        { whenDeleted: Retention, whenScaled: Retention },
        { default: {}, description: 'Whether claims stay when their pods are not wanted any more.' },
      ),
    ),
    ordinals: Type.Optional(Type.Object({ start: Type.Optional(Count) })),
  },
  { description: 'Pods with stable names and files of their own.' },
);
export type StatefulSetSpec = Static<typeof StatefulSetSpec>;
export const StatefulSetStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  ...counted,
  currentReplicas: Type.Optional(Count),
  updatedReplicas: Type.Optional(Count),
  currentRevision: Type.Optional(Type.String()),
  updateRevision: Type.Optional(Type.String()),
  collisionCount: Type.Optional(Count),
  conditions: KubernetesConditions,
});
export type StatefulSetStatus = Static<typeof StatefulSetStatus>;

export const DaemonSetSpec = Type.Object(
  {
    selector: LabelSelector,
    template: PodTemplateSpec,
    updateStrategy: Type.Optional(
      Type.Object(
        {
          type: Type.Optional(Type.Enum(['RollingUpdate', 'OnDelete'], { default: 'RollingUpdate' })),
          rollingUpdate: Type.Optional(
            Type.Object({
              maxUnavailable: Type.Optional(IntOrString('Nodes whose pod may be missing.')),
              maxSurge: Type.Optional(IntOrString('Nodes that may have two pods.')),
            }),
          ),
        },
        { default: {}, description: 'How old pods are replaced by new ones.' },
      ),
    ),
    minReadySeconds: Type.Optional(Count),
    revisionHistoryLimit: Type.Optional(Type.Integer({ minimum: 0, default: 10 })),
  },
  { description: 'One pod on each node.' },
);
export type DaemonSetSpec = Static<typeof DaemonSetSpec>;
export const DaemonSetStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  currentNumberScheduled: Count,
  numberMisscheduled: Count,
  desiredNumberScheduled: Count,
  numberReady: Count,
  updatedNumberScheduled: Type.Optional(Count),
  numberAvailable: Type.Optional(Count),
  numberUnavailable: Type.Optional(Count),
  collisionCount: Type.Optional(Count),
  conditions: KubernetesConditions,
});
export type DaemonSetStatus = Static<typeof DaemonSetStatus>;

export const ControllerRevision = Type.Object(
  {
    data: Type.Optional(Kept('The template of the pods, as a patch of its owner.')),
    revision: Type.Integer({ description: 'The newest has the highest number.' }),
  },
  { description: 'What a StatefulSet or a DaemonSet said once; a rollout may go back to it.' },
);
/** Fields of a ControllerRevision beside metadata. */
export type ControllerRevisionFields = Static<typeof ControllerRevision>;
