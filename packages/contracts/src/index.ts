/**
 * The words on the wire: schemas and types of all kinds of the control plane.
 * Declared once with TypeBox in `kinds/`; servers load the JSON Schemas that `npm run generate` made of them (`generated/`), because TypeBox
 * itself would cost every process 20 MB. Imports nothing of ours. The Kubernetes kinds of the local cluster are in `./builtin`.
 * To add a kind: CONTRIBUTING.md.
 */
import table from '../generated/kinds.json' with { type: 'json' };
import type { Kind } from './kind.ts';
import type * as builds from './kinds/builds.ts';
import type * as catalog from './kinds/catalog.ts';
import type * as delivery from './kinds/delivery.ts';
import type * as fleet from './kinds/fleet.ts';
import type * as gateway from './kinds/gateway.ts';
import type * as repositories from './kinds/repositories.ts';
import type { ConditionedStatus } from './kinds/shared.ts';
import type * as tenancy from './kinds/tenancy.ts';

export type { Kind, PrinterColumn, ScalePaths, Schema } from './kind.ts';
export type { BuildSpec, BuildStatus, Detected, PipelineRunSpec, PipelineRunStatus, PipelineStep, RunPhase } from './kinds/builds.ts';
export type {
  ComponentBuild,
  ComponentSpec,
  ComponentStatus,
  ConfigurationGroupSpec,
  DeploymentPipelineSpec,
  EnvironmentSpec,
  ProjectSpec,
  ScheduledTaskSpec,
  SecretSpec,
  SecretVersionSpec,
  ServiceApi,
  ServiceSpec,
  WebApplicationSpec,
  WorkloadSpec,
} from './kinds/catalog.ts';
export type {
  BindingSpec,
  BindingStatus,
  ComponentReleaseSpec,
  DeploymentRecordSpec,
  EndpointStatus,
  ReleaseSpec,
  ReleaseState,
  ReleaseStatus,
  ScheduledTaskBindingSpec,
  ScheduledTaskClassSpec,
  ServiceBindingSpec,
  WebApplicationBindingSpec,
  WorkloadClassSpec,
} from './kinds/delivery.ts';
export type { BuildPlaneSpec, DataPlaneSpec, KubernetesCluster, PlaneStatus } from './kinds/fleet.ts';
export type { ApiClassSpec, ApiSpec } from './kinds/gateway.ts';
export type { RepositorySpec, RepositoryStatus } from './kinds/repositories.ts';
export type {
  ConditionedStatus,
  EnvironmentVariable,
  Owner,
  WorkloadConnection,
  WorkloadContainer,
  WorkloadEndpoint,
  WorkloadTemplate,
} from './kinds/shared.ts';
export type { AccessTokenSpec, OrganizationSpec, OrganizationStatus } from './kinds/tenancy.ts';

const byId = new Map((table as unknown as Kind[]).map((kind) => [`${kind.kind}.${kind.group}`, kind]));
const kind = <Spec, Status>(id: string): Kind<Spec, Status> => {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`no kind ${id} in generated/kinds.json: run npm run generate`);
  return found as Kind<Spec, Status>;
};

/** All kinds of the control plane, in the order of their table. */
export const controlPlaneKinds: readonly Kind[] = [...byId.values()];

export const Organization = kind<tenancy.OrganizationSpec, tenancy.OrganizationStatus>('Organization.openchoreo.dev');
export const Project = kind<catalog.ProjectSpec, ConditionedStatus>('Project.openchoreo.dev');
export const Component = kind<catalog.ComponentSpec, catalog.ComponentStatus>('Component.openchoreo.dev');
export const Workload = kind<catalog.WorkloadSpec, ConditionedStatus>('Workload.openchoreo.dev');
export const Service = kind<catalog.ServiceSpec, ConditionedStatus>('Service.openchoreo.dev');
export const WebApplication = kind<catalog.WebApplicationSpec, ConditionedStatus>('WebApplication.openchoreo.dev');
export const ScheduledTask = kind<catalog.ScheduledTaskSpec, ConditionedStatus>('ScheduledTask.openchoreo.dev');
export const Environment = kind<catalog.EnvironmentSpec, ConditionedStatus>('Environment.openchoreo.dev');
export const DeploymentPipeline = kind<catalog.DeploymentPipelineSpec, ConditionedStatus>('DeploymentPipeline.openchoreo.dev');
export const ConfigurationGroup = kind<catalog.ConfigurationGroupSpec, ConditionedStatus>('ConfigurationGroup.openchoreo.dev');
export const ServiceClass = kind<delivery.WorkloadClassSpec, ConditionedStatus>('ServiceClass.openchoreo.dev');
export const WebApplicationClass = kind<delivery.WorkloadClassSpec, ConditionedStatus>('WebApplicationClass.openchoreo.dev');
export const ScheduledTaskClass = kind<delivery.ScheduledTaskClassSpec, ConditionedStatus>('ScheduledTaskClass.openchoreo.dev');
export const ServiceBinding = kind<delivery.BindingSpec, delivery.BindingStatus>('ServiceBinding.openchoreo.dev');
export const WebApplicationBinding = kind<delivery.BindingSpec, delivery.BindingStatus>('WebApplicationBinding.openchoreo.dev');
export const ScheduledTaskBinding = kind<delivery.BindingSpec, delivery.BindingStatus>('ScheduledTaskBinding.openchoreo.dev');
export const Release = kind<delivery.ReleaseSpec, delivery.ReleaseStatus>('Release.openchoreo.dev');
export const Build = kind<builds.BuildSpec, builds.BuildStatus>('Build.openchoreo.dev');
export const DataPlane = kind<fleet.DataPlaneSpec, fleet.PlaneStatus>('DataPlane.openchoreo.dev');
export const BuildPlane = kind<fleet.BuildPlaneSpec, fleet.PlaneStatus>('BuildPlane.openchoreo.dev');
export const Api = kind<gateway.ApiSpec, ConditionedStatus>('API.openchoreo.dev');
export const ApiClass = kind<gateway.ApiClassSpec, ConditionedStatus>('APIClass.openchoreo.dev');
export const ComponentRelease = kind<delivery.ComponentReleaseSpec, never>('ComponentRelease.fairway.dev');
export const DeploymentRecord = kind<delivery.DeploymentRecordSpec, never>('DeploymentRecord.fairway.dev');
export const PipelineRun = kind<builds.PipelineRunSpec, builds.PipelineRunStatus>('PipelineRun.fairway.dev');
export const Repository = kind<repositories.RepositorySpec, repositories.RepositoryStatus>('Repository.fairway.dev');
export const Secret = kind<catalog.SecretSpec, ConditionedStatus>('Secret.fairway.dev');
export const SecretVersion = kind<catalog.SecretVersionSpec, never>('SecretVersion.fairway.dev');
export const AccessToken = kind<tenancy.AccessTokenSpec, never>('AccessToken.fairway.dev');
