import { type Static, Type } from 'typebox';

/** Shapes that several kinds share. Field names are OpenChoreo's (docs/compatibility/openchoreo.md). */

export const Name = Type.String({ minLength: 1, maxLength: 253, description: 'Name of another object in the same namespace.' });

const Condition = Type.Object(
  {
    type: Type.String({ description: 'A state in words: Ready, Stalled, BuildCompleted.' }),
    status: Type.Enum(['True', 'False', 'Unknown']),
    reason: Type.String({ description: 'A PascalCase fact.' }),
    message: Type.String({ description: 'What, why, and what next.' }),
    lastTransitionTime: Type.String({ format: 'date-time' }),
    observedGeneration: Type.Optional(Type.Integer()),
  },
  { description: 'One state of an object, as its reconciler saw it.' },
);
export const Conditions = Type.Optional(
  Type.Array(Condition, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'], description: 'States of this object.' }),
);
export const ObservedGeneration = Type.Optional(Type.Integer({ description: 'The generation of spec that status speaks of.' }));

export const Owner = Type.Object(
  { projectName: Type.String({ minLength: 1 }), componentName: Type.String({ minLength: 1 }) },
  { description: 'The component that this object belongs to.' },
);
export type Owner = Static<typeof Owner>;

const KeyReference = Type.Object({ name: Type.String({ minLength: 1 }), key: Type.String({ minLength: 1 }) });

export const EnvironmentVariable = Type.Object(
  {
    key: Type.String({ minLength: 1 }),
    value: Type.Optional(Type.String()),
    valueFrom: Type.Optional(
      Type.Object({
        configurationGroupRef: Type.Optional(KeyReference),
        secretRef: Type.Optional(KeyReference),
      }),
    ),
  },
  { description: 'A variable with its value, or the place that it comes from.' },
);
export type EnvironmentVariable = Static<typeof EnvironmentVariable>;

export const WorkloadContainer = Type.Object(
  {
    image: Type.String({ minLength: 1, description: 'An image reference, best with a digest.' }),
    command: Type.Optional(Type.Array(Type.String())),
    args: Type.Optional(Type.Array(Type.String())),
    env: Type.Optional(Type.Array(EnvironmentVariable, { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key'] })),
  },
  { description: 'One container of a workload.' },
);
export type WorkloadContainer = Static<typeof WorkloadContainer>;

export const WorkloadEndpoint = Type.Object(
  {
    type: Type.Enum(['HTTP', 'REST', 'gRPC', 'GraphQL', 'Websocket', 'TCP', 'UDP']),
    port: Type.Integer({ minimum: 1, maximum: 65535 }),
    schema: Type.Optional(Type.Object({ type: Type.Optional(Type.String()), content: Type.Optional(Type.String()) })),
  },
  { description: 'A port that the workload listens on.' },
);
export type WorkloadEndpoint = Static<typeof WorkloadEndpoint>;

export const WorkloadConnection = Type.Object(
  {
    type: Type.Enum(['api']),
    params: Type.Optional(Type.Record(Type.String(), Type.String())),
    inject: Type.Object({ env: Type.Array(Type.Object({ name: Type.String({ minLength: 1 }), value: Type.String() })) }),
  },
  { description: 'Another component that this one calls, and the variables that tell where it is.' },
);
export type WorkloadConnection = Static<typeof WorkloadConnection>;

export const WorkloadTemplate = Type.Object(
  {
    containers: Type.Optional(Type.Record(Type.String(), WorkloadContainer)),
    endpoints: Type.Optional(Type.Record(Type.String(), WorkloadEndpoint)),
    connections: Type.Optional(Type.Record(Type.String(), WorkloadConnection)),
  },
  { description: 'What runs: containers, endpoints and connections by name.' },
);
export type WorkloadTemplate = Static<typeof WorkloadTemplate>;

/** A Kubernetes object or template that is stored as it is given. */
export const Raw = (description: string) =>
  Type.Object({}, { additionalProperties: true, 'x-kubernetes-preserve-unknown-fields': true, description });

export const ConditionedStatus = Type.Object({ observedGeneration: ObservedGeneration, conditions: Conditions });
export type ConditionedStatus = Static<typeof ConditionedStatus>;
