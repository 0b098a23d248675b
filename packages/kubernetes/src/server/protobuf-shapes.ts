import type { MessageShape } from './protobuf-field-shapes.ts';
import { podSpec } from './protobuf-pod-shapes.ts';

const nothing: MessageShape = {};

const objectMeta: MessageShape = {
  1: ['name', 'text'],
  2: ['generateName', 'text'],
  3: ['namespace', 'text'],
  4: ['selfLink', 'text'],
  5: ['uid', 'text'],
  6: ['resourceVersion', 'text'],
  7: ['generation', 'integer'],
  8: ['creationTimestamp', 'time'],
  11: ['labels', 'text-map'],
  12: ['annotations', 'text-map'],
  13: [
    'ownerReferences',
    {
      messages: {
        1: ['kind', 'text'],
        3: ['name', 'text'],
        4: ['uid', 'text'],
        5: ['apiVersion', 'text'],
        6: ['controller', 'Boolean'],
        7: ['blockOwnerDeletion', 'Boolean'],
      },
    },
  ],
  14: ['finalizers', 'texts'],
};

const metadata = ['metadata', { message: objectMeta }] as const;
const status = ['status', { message: nothing }] as const;

const podTemplate = ['template', { message: { 1: metadata, 2: ['spec', { message: podSpec }] } }] as const;
const labelSelector = ['selector', { message: { 1: ['matchLabels', 'text-map'] } }] as const;

const deploymentSpec: MessageShape = {
  1: ['replicas', 'Integer'],
  2: labelSelector,
  3: podTemplate,
  4: ['strategy', { message: { 1: ['type', 'text'] } }],
  5: ['minReadySeconds', 'integer'],
  6: ['revisionHistoryLimit', 'Integer'],
  7: ['paused', 'boolean'],
  9: ['progressDeadlineSeconds', 'Integer'],
};

const jobSpec: MessageShape = {
  1: ['parallelism', 'Integer'],
  2: ['completions', 'Integer'],
  3: ['activeDeadlineSeconds', 'Integer'],
  4: labelSelector,
  5: ['manualSelector', 'Boolean'],
  6: podTemplate,
  7: ['backoffLimit', 'Integer'],
  8: ['ttlSecondsAfterFinished', 'Integer'],
  9: ['completionMode', 'Text'],
  10: ['suspend', 'Boolean'],
  14: ['podReplacementPolicy', 'Text'],
};

const cronJobSpec: MessageShape = {
  1: ['schedule', 'text'],
  2: ['startingDeadlineSeconds', 'Integer'],
  3: ['concurrencyPolicy', 'text'],
  4: ['suspend', 'Boolean'],
  5: ['jobTemplate', { message: { 1: metadata, 2: ['spec', { message: jobSpec }] } }],
  6: ['successfulJobsHistoryLimit', 'Integer'],
  7: ['failedJobsHistoryLimit', 'Integer'],
};

const servicePort: MessageShape = {
  1: ['name', 'text'],
  2: ['protocol', 'text'],
  3: ['port', 'integer'],
  4: ['targetPort', 'integer-or-text'],
  5: ['nodePort', 'integer'],
};

const serviceSpec: MessageShape = {
  1: ['ports', { messages: servicePort }],
  2: ['selector', 'text-map'],
  3: ['clusterIP', 'text'],
  4: ['type', 'text'],
  5: ['externalIPs', 'texts'],
  7: ['sessionAffinity', 'text'],
  8: ['loadBalancerIP', 'text'],
  10: ['externalName', 'text'],
};

const resourceMetric: MessageShape = {
  1: ['name', 'text'],
  2: [
    'target',
    { message: { 1: ['type', 'text'], 2: ['value', 'quantity'], 3: ['averageValue', 'quantity'], 4: ['averageUtilization', 'Integer'] } },
  ],
};

const autoscalerSpec: MessageShape = {
  1: ['scaleTargetRef', { message: { 1: ['kind', 'text'], 2: ['name', 'text'], 3: ['apiVersion', 'text'] } }],
  2: ['minReplicas', 'Integer'],
  3: ['maxReplicas', 'integer'],
  4: ['metrics', { messages: { 1: ['type', 'text'], 4: ['resource', { message: resourceMetric }] } }],
};

/**
 * The kinds that kubectl's generators (`create configmap`, `create deployment`, …) send in protobuf since 1.32, with the fields that they set.
 * A set field that is missing here is refused, never dropped.
 */
export const protobufShapes: Readonly<Record<string, MessageShape>> = {
  'Namespace.': { 1: metadata, 2: ['spec', { message: { 1: ['finalizers', 'texts'] } }], 3: status },
  'ConfigMap.': { 1: metadata, 2: ['data', 'text-map'], 3: ['binaryData', 'bytes-map'], 4: ['immutable', 'Boolean'] },
  'Secret.': {
    1: metadata,
    2: ['data', 'bytes-map'],
    3: ['type', 'text'],
    4: ['stringData', 'text-map'],
    5: ['immutable', 'Boolean'],
  },
  'ServiceAccount.': { 1: metadata, 3: ['imagePullSecrets', { messages: { 1: ['name', 'text'] } }] },
  'ResourceQuota.': {
    1: metadata,
    2: ['spec', { message: { 1: ['hard', 'quantity-map'], 2: ['scopes', 'texts'] } }],
    3: status,
  },
  'HorizontalPodAutoscaler.autoscaling': { 1: metadata, 2: ['spec', { message: autoscalerSpec }], 3: status },
  'Service.': { 1: metadata, 2: ['spec', { message: serviceSpec }], 3: status },
  'Deployment.apps': { 1: metadata, 2: ['spec', { message: deploymentSpec }], 3: status },
  'Job.batch': { 1: metadata, 2: ['spec', { message: jobSpec }], 3: status },
  'CronJob.batch': { 1: metadata, 2: ['spec', { message: cronJobSpec }], 3: status },
};
