import { type Static, Type } from 'typebox';
import { BuildConfig } from './requests.ts';

/** What OpenChoreo's routes answer inside their envelope. `?` fields are left out when empty. */
const text = Type.Optional(Type.String());
const time = Type.String({ format: 'date-time' });

export const OrganizationView = Type.Object(
  { name: Type.String(), displayName: text, description: text, namespace: text, createdAt: time, status: text },
  { $id: 'Organization', description: 'A tenant.' },
);
export type OrganizationView = Static<typeof OrganizationView>;

export const ProjectView = Type.Object(
  {
    name: Type.String(),
    orgName: Type.String(),
    displayName: text,
    description: text,
    deploymentPipeline: text,
    createdAt: time,
    status: text,
  },
  { $id: 'Project', description: 'A group of components.' },
);
export type ProjectView = Static<typeof ProjectView>;

export const ComponentView = Type.Object(
  {
    name: Type.String(),
    displayName: text,
    description: text,
    type: Type.String(),
    projectName: Type.String(),
    orgName: Type.String(),
    createdAt: time,
    status: text,
    buildConfig: Type.Optional(BuildConfig),
  },
  { $id: 'Component', description: 'A piece of software with a source and a type.' },
);
export type ComponentView = Static<typeof ComponentView>;

const address = Type.Optional(Type.Object({ host: Type.String(), port: Type.Integer(), scheme: text, basePath: text, uri: text }));
const endpoints = Type.Union([
  Type.Array(Type.Object({ name: Type.String(), type: Type.String(), project: address, organization: address, public: address })),
  Type.Null(),
]);
const bound = Type.Optional(Type.Object({ endpoints, image: text, releaseState: text }));

export const BindingView = Type.Object(
  {
    name: Type.String(),
    type: Type.Enum(['Service', 'WebApplication', 'ScheduledTask']),
    componentName: Type.String(),
    projectName: Type.String(),
    orgName: Type.String(),
    environment: Type.String(),
    status: Type.Object({
      reason: Type.String(),
      message: Type.String(),
      status: Type.Enum(['Active', 'Suspended', 'InProgress', 'Failed', 'NotYetDeployed', '']),
      lastTransitioned: time,
    }),
    serviceBinding: bound,
    webApplicationBinding: bound,
    scheduledTaskBinding: Type.Optional(Type.Object({ image: text, releaseState: text })),
  },
  { $id: 'Binding', description: 'Which release of a component an environment runs.' },
);
export type BindingView = Static<typeof BindingView>;

export const BuildView = Type.Object(
  {
    name: Type.String(),
    uuid: Type.String(),
    componentName: Type.String(),
    projectName: Type.String(),
    orgName: Type.String(),
    commit: text,
    status: text,
    createdAt: time,
    image: text,
  },
  { $id: 'Build', description: 'What turned one commit into an image, or is about to.' },
);
export type BuildView = Static<typeof BuildView>;

export const RollbackView = Type.Object(
  { componentRelease: Type.String(), deploymentRecord: Type.String() },
  { $id: 'Rollback', description: 'What is bound again.' },
);
export type RollbackView = Static<typeof RollbackView>;

export const ResourceOutcome = Type.Object(
  {
    apiVersion: Type.String(),
    kind: Type.String(),
    name: Type.String(),
    namespace: text,
    operation: Type.Enum(['created', 'updated', 'deleted', 'not_found']),
  },
  { $id: 'ResourceOutcome', description: 'What became of an applied or deleted resource.' },
);
export type ResourceOutcome = Static<typeof ResourceOutcome>;

export const ErrorEnvelope = Type.Object(
  {
    success: Type.Literal(false),
    error: Type.String({ description: 'What, why, what next.' }),
    code: Type.String({ description: 'A constant for programs.' }),
  },
  { $id: 'Error', description: 'The one error shape of this dialect.' },
);
export type ErrorEnvelope = Static<typeof ErrorEnvelope>;
