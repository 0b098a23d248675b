import { type Static, Type } from 'typebox';
import { atomicList, Kept, KubernetesConditions, Time } from './shapes.ts';

const Quantity = Type.Unsafe<string | number>({ 'x-kubernetes-preserve-unknown-fields': true });
const MetricTarget = Type.Object({
  type: Type.Enum(['Utilization', 'Value', 'AverageValue']),
  averageUtilization: Type.Optional(Type.Integer({ minimum: 1, description: 'In percent of what the pods ask for.' })),
  averageValue: Type.Optional(Quantity),
  value: Type.Optional(Quantity),
});
const ResourceMetric = Type.Object({ name: Type.String(), target: MetricTarget });
const MetricSpec = Type.Object({
  type: Type.Enum(['Resource', 'ContainerResource', 'Pods', 'Object', 'External']),
  resource: Type.Optional(ResourceMetric),
  containerResource: Type.Optional(Type.Object({ container: Type.String(), ...ResourceMetric.properties })),
  pods: Type.Optional(Kept('A metric of the pods.')),
  object: Type.Optional(Kept('A metric of another object.')),
  external: Type.Optional(Kept('A metric from outside.')),
});
export type MetricSpec = Static<typeof MetricSpec>;

const ScalingPolicy = Type.Object({
  type: Type.Enum(['Pods', 'Percent']),
  value: Type.Integer({ minimum: 1 }),
  periodSeconds: Type.Integer({ minimum: 1, maximum: 1_800 }),
});
const ScalingRules = Type.Object({
  stabilizationWindowSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600 })),
  selectPolicy: Type.Optional(Type.Enum(['Max', 'Min', 'Disabled'])),
  policies: Type.Optional(atomicList(ScalingPolicy)),
  tolerance: Type.Optional(Quantity),
});
export type ScalingRules = Static<typeof ScalingRules>;

export const HorizontalPodAutoscalerSpec = Type.Object(
  {
    scaleTargetRef: Type.Object({ apiVersion: Type.Optional(Type.String()), kind: Type.String(), name: Type.String() }),
    minReplicas: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
    maxReplicas: Type.Integer({ minimum: 1 }),
    metrics: Type.Optional(atomicList(MetricSpec)),
    behavior: Type.Optional(Type.Object({ scaleUp: Type.Optional(ScalingRules), scaleDown: Type.Optional(ScalingRules) })),
  },
  { description: 'How many pods there are follows how much they use.' },
);
export type HorizontalPodAutoscalerSpec = Static<typeof HorizontalPodAutoscalerSpec>;

const MetricValue = Type.Object({
  averageUtilization: Type.Optional(Type.Integer()),
  averageValue: Type.Optional(Quantity),
  value: Type.Optional(Quantity),
});
const MetricStatus = Type.Object({
  type: Type.String(),
  resource: Type.Optional(Type.Object({ name: Type.String(), current: MetricValue })),
  containerResource: Type.Optional(Type.Object({ name: Type.String(), container: Type.String(), current: MetricValue })),
});
export type MetricStatus = Static<typeof MetricStatus>;
export const HorizontalPodAutoscalerStatus = Type.Object({
  observedGeneration: Type.Optional(Type.Integer()),
  lastScaleTime: Type.Optional(Time),
  currentReplicas: Type.Optional(Type.Integer()),
  desiredReplicas: Type.Optional(Type.Integer()),
  currentMetrics: Type.Optional(atomicList(MetricStatus)),
  conditions: KubernetesConditions,
});
export type HorizontalPodAutoscalerStatus = Static<typeof HorizontalPodAutoscalerStatus>;
