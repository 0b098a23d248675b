import { type Static, Type } from 'typebox';

/** Bodies of OpenChoreo's routes (docs/compatibility/openchoreo.md). Keys match without regard to case; unknown ones are ignored. */

export const CreateProjectRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 63, description: 'RFC 1123 name; trimmed.' }),
    displayName: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    deploymentPipeline: Type.Optional(
      Type.String({ default: 'default-pipeline', description: 'The order of environments; its existence is not checked.' }),
    ),
  },
  { $id: 'CreateProjectRequest', description: 'A new project.' },
);
export type CreateProjectRequest = Static<typeof CreateProjectRequest>;

export const BuildConfig = Type.Object(
  {
    repoUrl: Type.String({ description: 'Clone address; empty means no build section.' }),
    repoBranch: Type.String(),
    componentPath: Type.String({ description: 'Folder of the application; . is the whole repository.' }),
    buildTemplateRef: Type.String(),
    buildTemplateParams: Type.Optional(Type.Array(Type.Object({ name: Type.String(), value: Type.String() }))),
  },
  { $id: 'BuildConfig', description: 'Where the source is and how it becomes an image.' },
);
export type BuildConfig = Static<typeof BuildConfig>;

export const CreateComponentRequest = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Unique in the organization; trimmed.' }),
    displayName: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    type: Type.String({ description: 'Service, WebApplication or ScheduledTask; other words are stored and do nothing.' }),
    buildConfig: Type.Optional(Type.Partial(BuildConfig)),
  },
  { $id: 'CreateComponentRequest', description: 'A new component of a project.' },
);
export type CreateComponentRequest = Static<typeof CreateComponentRequest>;

export const PromoteComponentRequest = Type.Object(
  { sourceEnv: Type.String({ minLength: 1 }), targetEnv: Type.String({ minLength: 1 }) },
  { $id: 'PromoteComponentRequest', description: 'The two ends of a promotion path.' },
);
export type PromoteComponentRequest = Static<typeof PromoteComponentRequest>;

export const RollbackComponentRequest = Type.Object(
  {
    environment: Type.String({ minLength: 1 }),
    to: Type.Optional(
      Type.String({
        description: 'A deployment record, a component release, or a release number such as v3; absent means the healthy one before.',
      }),
    ),
  },
  { $id: 'RollbackComponentRequest', description: 'Which earlier deployment of an environment runs again. An addition of Fairway.' },
);
export type RollbackComponentRequest = Static<typeof RollbackComponentRequest>;

export const UpdateBindingRequest = Type.Object(
  { releaseState: Type.Enum(['Active', 'Suspend', 'Undeploy']) },
  { $id: 'UpdateBindingRequest', description: 'What a binding should do.' },
);
export type UpdateBindingRequest = Static<typeof UpdateBindingRequest>;

export const ResourceDocument = Type.Object(
  {
    apiVersion: Type.String({ description: 'Of the group openchoreo.dev or platform.example.com.' }),
    kind: Type.String({ minLength: 1 }),
    metadata: Type.Object(
      { name: Type.String({ minLength: 1 }), namespace: Type.Optional(Type.String({ default: 'default' })) },
      { additionalProperties: true },
    ),
  },
  { $id: 'ResourceDocument', additionalProperties: true, description: 'A resource as a manifest has it.' },
);
export type ResourceDocument = Static<typeof ResourceDocument>;
