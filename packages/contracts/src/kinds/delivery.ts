import { type Static, Type } from 'typebox';
import { Overrides, ServiceApi } from './catalog.ts';
import { Conditions, Name, ObservedGeneration, Owner, Raw, WorkloadTemplate } from './shared.ts';

export const ReleaseState = Type.Enum(['Active', 'Suspend', 'Undeploy'], { default: 'Active' });
export type ReleaseState = 'Active' | 'Suspend' | 'Undeploy';

const binding = {
  owner: Owner,
  environment: Type.String({ minLength: 1 }),
  className: Type.String({ minLength: 1, default: 'default' }),
  workloadSpec: Type.Optional(
    Type.Object({ ...WorkloadTemplate.properties, owner: Type.Optional(Owner), schedule: Type.Optional(Type.String()) }),
  ),
  overrides: Overrides,
  releaseState: Type.Optional(ReleaseState),
  componentRelease: Type.Optional(Type.String({ description: 'The component release that this environment runs; filled when absent.' })),
  deploymentRecord: Type.Optional(
    Type.String({ description: 'Set by a rollback: configuration and secret versions come from this record instead of the current ones.' }),
  ),
};

export const ServiceBindingSpec = Type.Object(
  { ...binding, apis: Type.Optional(Type.Record(Type.String(), ServiceApi)) },
  { description: 'Which release of a service an environment runs.' },
);
export type ServiceBindingSpec = Static<typeof ServiceBindingSpec>;
export const WebApplicationBindingSpec = Type.Object(
  { ...binding },
  { description: 'Which release of a web application an environment runs.' },
);
export type WebApplicationBindingSpec = Static<typeof WebApplicationBindingSpec>;
export const ScheduledTaskBindingSpec = Type.Object(
  { ...binding },
  { description: 'Which release of a scheduled task an environment runs.' },
);
export type ScheduledTaskBindingSpec = Static<typeof ScheduledTaskBindingSpec>;
/** What the three have in common; `apis` is a service's alone. */
export type BindingSpec = ServiceBindingSpec;

const EndpointAddress = Type.Object({
  host: Type.String(),
  port: Type.Integer(),
  scheme: Type.Optional(Type.String()),
  basePath: Type.Optional(Type.String()),
  uri: Type.Optional(Type.String()),
});
export const EndpointStatus = Type.Object({
  name: Type.String(),
  type: Type.String(),
  project: Type.Optional(EndpointAddress),
  organization: Type.Optional(EndpointAddress),
  public: Type.Optional(EndpointAddress),
});
export type EndpointStatus = Static<typeof EndpointStatus>;

export const BindingStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  conditions: Conditions,
  endpoints: Type.Optional(Type.Array(EndpointStatus)),
  urls: Type.Optional(Type.Array(Type.String(), { description: 'Addresses through the gateway; the first one is shown to people.' })),
  componentRelease: Type.Optional(Type.String({ description: 'The release that runs and is healthy.' })),
  deploymentRecord: Type.Optional(Type.String({ description: 'The newest record of this binding.' })),
  image: Type.Optional(Type.String()),
});
export type BindingStatus = Static<typeof BindingStatus>;

export const ComponentReleaseSpec = Type.Object(
  {
    owner: Owner,
    type: Type.String(),
    className: Type.String(),
    workloadSpec: Type.Object({ ...WorkloadTemplate.properties, owner: Type.Optional(Owner), schedule: Type.Optional(Type.String()) }),
    apis: Type.Optional(Type.Record(Type.String(), ServiceApi)),
    overrides: Overrides,
    number: Type.Integer({ description: 'Counts the releases of the component: v1, v2, …' }),
    commit: Type.Optional(Type.String()),
    build: Type.Optional(Type.String()),
    toolchain: Type.Optional(Type.String()),
    hash: Type.String({ description: 'Hash of class, workload and APIs: the same content is the same release.' }),
  },
  { description: 'The immutable part of a deployment that is the same in every environment.' },
);
export type ComponentReleaseSpec = Static<typeof ComponentReleaseSpec>;

export const DeploymentRecordSpec = Type.Object(
  {
    owner: Owner,
    environment: Type.String(),
    bindingKind: Type.String(),
    binding: Name,
    componentRelease: Name,
    configuration: Type.Record(Type.String(), Type.String(), { description: 'Variables and values of this environment at that time.' }),
    secretVersions: Type.Record(Type.String(), Type.Integer(), { description: 'Version numbers by secret name.' }),
    renderedDigest: Type.String({ description: 'sha256 of the rendered objects.' }),
    principal: Type.String({ description: 'Who caused it.' }),
    rollbackOf: Type.Optional(Type.String({ description: 'The record that was bound again.' })),
  },
  { description: 'One immutable change of a binding.' },
);
export type DeploymentRecordSpec = Static<typeof DeploymentRecordSpec>;

export const ReleaseSpec = Type.Object(
  {
    owner: Owner,
    environmentName: Type.String({ minLength: 1 }),
    resources: Type.Optional(
      Type.Array(
        Type.Object({ id: Type.String({ minLength: 1 }), object: Raw('A rendered Kubernetes object. Secret values are left out.') }),
        {
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['id'],
        },
      ),
    ),
    interval: Type.Optional(Type.String()),
    progressingInterval: Type.Optional(Type.String()),
  },
  { description: 'The rendered objects of a binding.' },
);
export type ReleaseSpec = Static<typeof ReleaseSpec>;
export const ReleaseStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  conditions: Conditions,
  resources: Type.Optional(
    Type.Array(
      Type.Object({
        id: Type.String(),
        group: Type.Optional(Type.String()),
        version: Type.String(),
        kind: Type.String(),
        name: Type.String(),
        namespace: Type.Optional(Type.String()),
        status: Type.Optional(Raw('Live status.')),
        addresses: Type.Optional(
          Type.Record(Type.String(), Type.String(), {
            description: 'Of a Service on a cluster where names do not resolve: where its ports answer, as host:port by port.',
          }),
        ),
        healthStatus: Type.Optional(Type.Enum(['Unknown', 'Progressing', 'Healthy', 'Suspended', 'Degraded'])),
        healthMessage: Type.Optional(Type.String()),
        lastObservedTime: Type.Optional(Type.String({ format: 'date-time' })),
      }),
    ),
  ),
});
export type ReleaseStatus = Static<typeof ReleaseStatus>;

export const WorkloadClassSpec = Type.Object(
  { deploymentTemplate: Type.Optional(Raw('apps/v1 DeploymentSpec.')), serviceTemplate: Type.Optional(Raw('v1 ServiceSpec.')) },
  { description: 'How the platform runs components of this class.' },
);
export type WorkloadClassSpec = Static<typeof WorkloadClassSpec>;
export const ScheduledTaskClassSpec = Type.Object(
  { cronJobTemplate: Type.Optional(Raw('batch/v1 CronJobSpec.')) },
  { description: 'How the platform runs scheduled tasks of this class.' },
);
export type ScheduledTaskClassSpec = Static<typeof ScheduledTaskClassSpec>;
