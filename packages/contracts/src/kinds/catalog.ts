import { type Static, Type } from 'typebox';
import { Conditions, Name, ObservedGeneration, Owner, WorkloadTemplate } from './shared.ts';

export const ProjectSpec = Type.Object(
  {
    deploymentPipelineRef: Type.String({
      minLength: 1,
      default: 'default-pipeline',
      description: 'The order of environments for this project.',
    }),
  },
  { description: 'A group of components with one deployment pipeline.' },
);
export type ProjectSpec = Static<typeof ProjectSpec>;

export const TemplateParameter = Type.Object({ name: Type.String({ minLength: 1 }), value: Type.String() });

export const ComponentBuild = Type.Object(
  {
    repository: Type.Object({
      url: Type.String({ minLength: 1, description: 'Clone address; addresses of the built-in Git server are recognised by their path.' }),
      revision: Type.Object({ branch: Type.String({ minLength: 1 }) }),
      appPath: Type.String({ minLength: 1, description: 'Folder of the application inside the repository; . is the whole.' }),
    }),
    templateRef: Type.Object({
      engine: Type.Optional(Type.String()),
      name: Type.String({ minLength: 1 }),
      parameters: Type.Optional(Type.Array(TemplateParameter)),
    }),
  },
  { description: 'Where the source is and how it becomes an image.' },
);
export type ComponentBuild = Static<typeof ComponentBuild>;

export const ComponentSpec = Type.Object(
  {
    owner: Type.Object({ projectName: Type.String({ minLength: 1 }) }),
    type: Type.String({ minLength: 1, description: 'Service, WebApplication or ScheduledTask; other words are stored and do nothing.' }),
    build: Type.Optional(ComponentBuild),
  },
  { description: 'A piece of software with a source and a type.' },
);
export type ComponentSpec = Static<typeof ComponentSpec>;
export const ComponentStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  conditions: Conditions,
  latestBuild: Type.Optional(Type.String({ description: 'Name of the newest build.' })),
});
export type ComponentStatus = Static<typeof ComponentStatus>;

export const WorkloadSpec = Type.Object(
  {
    owner: Owner,
    ...WorkloadTemplate.properties,
    schedule: Type.Optional(Type.String({ description: 'Cron expression of a scheduled task; wins over the class template.' })),
  },
  { description: 'What a component needs to run.' },
);
export type WorkloadSpec = Static<typeof WorkloadSpec>;

const typed = { owner: Owner, workloadName: Name, className: Type.String({ minLength: 1, default: 'default' }) };

export const ServiceApi = Type.Object({
  className: Type.String({ default: 'default' }),
  type: Type.String({ minLength: 1 }),
  rest: Type.Optional(
    Type.Object({
      backend: Type.Optional(Type.Object({ port: Type.Integer({ minimum: 1, maximum: 65535 }), basePath: Type.Optional(Type.String()) })),
      exposeLevels: Type.Optional(Type.Array(Type.String())),
    }),
  ),
});
export type ServiceApi = Static<typeof ServiceApi>;
export const Overrides = Type.Optional(Type.Record(Type.String(), Type.Boolean()));

export const ServiceSpec = Type.Object(
  { ...typed, overrides: Overrides, apis: Type.Optional(Type.Record(Type.String(), ServiceApi)) },
  { description: 'A component that offers APIs to others.' },
);
export type ServiceSpec = Static<typeof ServiceSpec>;
export const WebApplicationSpec = Type.Object(
  { ...typed, overrides: Overrides },
  { description: 'A component that answers HTTP to people.' },
);
export type WebApplicationSpec = Static<typeof WebApplicationSpec>;
export const ScheduledTaskSpec = Type.Object({ ...typed, overrides: Overrides }, { description: 'A component that runs by a schedule.' });
export type ScheduledTaskSpec = Static<typeof ScheduledTaskSpec>;

export const EnvironmentSpec = Type.Object(
  {
    dataPlaneRef: Type.Optional(Type.String({ default: 'default', description: 'The data plane that runs this environment.' })),
    isProduction: Type.Optional(Type.Boolean({ default: false })),
    gateway: Type.Optional(
      Type.Object({
        dnsPrefix: Type.Optional(Type.String()),
        security: Type.Optional(Type.Object({ remoteJwks: Type.Optional(Type.Object({ uri: Type.String() })) })),
      }),
    ),
  },
  { description: 'A place on the way to production, on one data plane.' },
);
export type EnvironmentSpec = Static<typeof EnvironmentSpec>;

export const DeploymentPipelineSpec = Type.Object(
  {
    promotionPaths: Type.Optional(
      Type.Array(
        Type.Object({
          sourceEnvironmentRef: Type.String({ minLength: 1 }),
          targetEnvironmentRefs: Type.Array(
            Type.Object({
              name: Type.String({ minLength: 1 }),
              requiresApproval: Type.Optional(Type.Boolean()),
              isManualApprovalRequired: Type.Optional(Type.Boolean()),
            }),
          ),
        }),
      ),
    ),
  },
  { description: 'The order of environments and the allowed promotion paths. An environment that is no target is a root.' },
);
export type DeploymentPipelineSpec = Static<typeof DeploymentPipelineSpec>;

export const ConfigurationGroupSpec = Type.Object(
  {
    scope: Type.Optional(Type.Record(Type.String(), Type.String(), { default: {} })),
    environmentGroups: Type.Optional(
      Type.Array(Type.Object({ name: Type.String({ minLength: 1 }), environments: Type.Array(Type.String()) })),
    ),
    configurations: Type.Array(
      Type.Object({
        key: Type.String({ minLength: 1 }),
        values: Type.Array(
          Type.Object({
            environmentGroupRef: Type.Optional(Type.String()),
            environment: Type.Optional(Type.String()),
            value: Type.Optional(Type.String()),
            vaultKey: Type.Optional(Type.String()),
          }),
        ),
      }),
      { description: 'Keys and their values by environment. A group named as a component is given to it whole.' },
    ),
  },
  { description: 'Configuration by environment.' },
);
export type ConfigurationGroupSpec = Static<typeof ConfigurationGroupSpec>;

export const SecretSpec = Type.Object(
  {
    environment: Type.Optional(
      Type.String({
        description:
          'The only environment that sees it; absent means all. A secret named as a component, or COMPONENT-ENVIRONMENT, is given to it whole.',
      }),
    ),
    component: Type.Optional(Type.String({ description: 'The component whose processes get every key as a variable.' })),
    stringData: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'Write-only: keys and values. A patch is merged into those that there are. Never returned.',
      }),
    ),
    keys: Type.Optional(
      Type.Array(Type.String(), { description: 'Names of the keys of the current version; the value of one that is taken out goes.' }),
    ),
    currentVersion: Type.Optional(Type.Integer({ description: 'Number of the current version; grows when a value changes.' })),
    digest: Type.Optional(Type.String({ description: 'Keyed hash of the current values, by which an unchanged write is known.' })),
  },
  { description: 'A secret with versions. Values go in and never come out of any surface.' },
);
export type SecretSpec = Static<typeof SecretSpec>;
export const SecretVersionSpec = Type.Object(
  {
    secret: Name,
    version: Type.Integer({ minimum: 1 }),
    sealed: Type.Record(Type.String(), Type.String(), { description: 'Values, encrypted under the key of the organization.' }),
  },
  { description: 'One immutable version of a secret.' },
);
export type SecretVersionSpec = Static<typeof SecretVersionSpec>;
