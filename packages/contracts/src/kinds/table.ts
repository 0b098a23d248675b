import { type TSchema, Type } from 'typebox';
import * as builds from './builds.ts';
import * as catalog from './catalog.ts';
import * as delivery from './delivery.ts';
import * as fleet from './fleet.ts';
import * as gateway from './gateway.ts';
import * as repositories from './repositories.ts';
import { ConditionedStatus } from './shared.ts';
import * as tenancy from './tenancy.ts';

/**
 * Every kind of the control plane. `tools/generate-contracts.ts` turns it into `generated/kinds.json`, which is what servers load
 * (TypeBox itself would cost each process 20 MB). To add a kind: its schema in a file beside this one, a row here, `npm run generate`.
 */
export interface KindRow {
  group: string;
  version: string;
  kind: string;
  plural?: string;
  shortNames?: readonly string[];
  categories?: readonly string[];
  clusterScoped?: true;
  spec?: TSchema;
  status?: TSchema;
  /** The whole object without metadata, for kinds whose fields are not spec and status alone, or whose spec may be absent. */
  whole?: TSchema;
  selectableFields?: readonly string[];
  columns?: readonly (readonly [name: string, jsonPath: string, type?: string, priority?: number])[];
  subresources?: readonly string[];
  /** Where `scale` finds its numbers and its selector, as dotted paths. */
  scale?: { replicas: string; seenReplicas: string; selector?: string };
}

const choreo = { group: 'openchoreo.dev', version: 'v1alpha1' } as const;
const fairway = { group: 'fairway.dev', version: 'v1' } as const;
const ready = ['Ready', '.status.conditions[?(@.type=="Ready")].status'] as const;
const reason = ['Reason', '.status.conditions[?(@.type=="Ready")].reason'] as const;
const ownerColumns = [
  ['Project', '.spec.owner.projectName'],
  ['Component', '.spec.owner.componentName'],
] as const;
const ownerFields = ['spec.owner.projectName', 'spec.owner.componentName'] as const;
const bindingRow = {
  ...choreo,
  categories: ['bindings'],
  status: delivery.BindingStatus,
  selectableFields: [...ownerFields, 'spec.environment', 'spec.componentRelease'],
  columns: [
    ['Component', '.spec.owner.componentName'],
    ['Environment', '.spec.environment'],
    ['State', '.spec.releaseState'],
    ['Release', '.spec.componentRelease'],
    ready,
    reason,
  ],
} as const;
const typedRow = {
  ...choreo,
  status: ConditionedStatus,
  selectableFields: ownerFields,
  columns: [...ownerColumns, ['Workload', '.spec.workloadName'], ['Class', '.spec.className']],
} as const;

export const kindRows: readonly KindRow[] = [
  {
    ...choreo,
    kind: 'Organization',
    shortNames: ['org', 'orgs'],
    clusterScoped: true,
    spec: tenancy.OrganizationSpec,
    status: tenancy.OrganizationStatus,
    columns: [ready],
  },
  {
    ...choreo,
    kind: 'Project',
    shortNames: ['proj', 'projs'],
    spec: catalog.ProjectSpec,
    status: ConditionedStatus,
    columns: [['Pipeline', '.spec.deploymentPipelineRef'], ready],
  },
  {
    ...choreo,
    kind: 'Component',
    shortNames: ['comp', 'comps'],
    spec: catalog.ComponentSpec,
    status: catalog.ComponentStatus,
    selectableFields: ['spec.owner.projectName', 'spec.type'],
    columns: [
      ['Project', '.spec.owner.projectName'],
      ['Type', '.spec.type'],
      ['Build', '.status.latestBuild'],
    ],
  },
  {
    ...choreo,
    kind: 'Workload',
    spec: catalog.WorkloadSpec,
    status: ConditionedStatus,
    selectableFields: ownerFields,
    columns: [...ownerColumns],
  },
  { ...typedRow, kind: 'Service', spec: catalog.ServiceSpec },
  { ...typedRow, kind: 'WebApplication', spec: catalog.WebApplicationSpec },
  { ...typedRow, kind: 'ScheduledTask', spec: catalog.ScheduledTaskSpec },
  {
    ...choreo,
    kind: 'Environment',
    shortNames: ['env', 'envs'],
    spec: catalog.EnvironmentSpec,
    status: ConditionedStatus,
    columns: [['DataPlane', '.spec.dataPlaneRef'], ['Production', '.spec.isProduction', 'boolean'], ready],
  },
  {
    ...choreo,
    kind: 'DeploymentPipeline',
    shortNames: ['deppipe', 'deppipes'],
    spec: catalog.DeploymentPipelineSpec,
    status: ConditionedStatus,
  },
  { ...choreo, kind: 'ConfigurationGroup', shortNames: ['configgrp'], spec: catalog.ConfigurationGroupSpec, status: ConditionedStatus },
  { ...choreo, kind: 'ServiceClass', plural: 'serviceclasses', spec: delivery.WorkloadClassSpec, status: ConditionedStatus },
  { ...choreo, kind: 'WebApplicationClass', plural: 'webapplicationclasses', spec: delivery.WorkloadClassSpec, status: ConditionedStatus },
  {
    ...choreo,
    kind: 'ScheduledTaskClass',
    plural: 'scheduledtaskclasses',
    spec: delivery.ScheduledTaskClassSpec,
    status: ConditionedStatus,
  },
  { ...bindingRow, kind: 'ServiceBinding', spec: delivery.ServiceBindingSpec },
  { ...bindingRow, kind: 'WebApplicationBinding', spec: delivery.WebApplicationBindingSpec },
  { ...bindingRow, kind: 'ScheduledTaskBinding', spec: delivery.ScheduledTaskBindingSpec },
  {
    ...choreo,
    kind: 'Release',
    spec: delivery.ReleaseSpec,
    status: delivery.ReleaseStatus,
    selectableFields: [...ownerFields, 'spec.environmentName'],
    columns: [['Component', '.spec.owner.componentName'], ['Environment', '.spec.environmentName'], ready, reason],
  },
  {
    ...choreo,
    kind: 'Build',
    spec: builds.BuildSpec,
    status: builds.BuildStatus,
    selectableFields: ownerFields,
    subresources: ['log'],
    columns: [
      ['Component', '.spec.owner.componentName'],
      ['Commit', '.spec.repository.revision.commit'],
      ['Completed', '.status.conditions[?(@.type=="BuildCompleted")].reason'],
      ['Image', '.status.imageStatus.image'],
    ],
  },
  {
    ...choreo,
    kind: 'DataPlane',
    shortNames: ['dp', 'dps'],
    spec: fleet.DataPlaneSpec,
    status: fleet.PlaneStatus,
    columns: [['Cluster', '.spec.clusterRef'], ['Version', '.status.version'], ready],
  },
  {
    ...choreo,
    kind: 'BuildPlane',
    spec: fleet.BuildPlaneSpec,
    status: fleet.PlaneStatus,
    columns: [['Cluster', '.spec.clusterRef'], ['Version', '.status.version'], ready],
  },
  { ...choreo, kind: 'API', plural: 'apis', spec: gateway.ApiSpec, status: ConditionedStatus },
  { ...choreo, kind: 'APIClass', plural: 'apiclasses', spec: gateway.ApiClassSpec, status: ConditionedStatus },
  {
    ...fairway,
    kind: 'ComponentRelease',
    spec: delivery.ComponentReleaseSpec,
    selectableFields: [...ownerFields, 'spec.build', 'spec.hash'],
    columns: [
      ['Component', '.spec.owner.componentName'],
      ['Number', '.spec.number', 'integer'],
      ['Commit', '.spec.commit'],
    ],
  },
  {
    ...fairway,
    kind: 'DeploymentRecord',
    spec: delivery.DeploymentRecordSpec,
    selectableFields: [...ownerFields, 'spec.environment', 'spec.binding', 'spec.componentRelease'],
    columns: [
      ['Component', '.spec.owner.componentName'],
      ['Environment', '.spec.environment'],
      ['Release', '.spec.componentRelease'],
      ['By', '.spec.principal'],
    ],
  },
  {
    ...fairway,
    kind: 'PipelineRun',
    spec: builds.PipelineRunSpec,
    status: builds.PipelineRunStatus,
    subresources: ['log'],
    columns: [
      ['Phase', '.status.phase'],
      ['Started', '.status.startedAt', 'date'],
    ],
  },
  {
    ...fairway,
    kind: 'Repository',
    plural: 'repositories',
    spec: repositories.RepositorySpec,
    status: repositories.RepositoryStatus,
    selectableFields: ['spec.projectName', 'spec.repositoryName'],
    columns: [
      ['Project', '.spec.projectName'],
      ['Repository', '.spec.repositoryName'],
      ['Branch', '.spec.defaultBranch'],
    ],
  },
  {
    ...fairway,
    kind: 'Secret',
    spec: catalog.SecretSpec,
    status: ConditionedStatus,
    columns: [
      ['Version', '.spec.currentVersion', 'integer'],
      ['Environment', '.spec.environment'],
    ],
  },
  { ...fairway, kind: 'SecretVersion', spec: catalog.SecretVersionSpec, selectableFields: ['spec.secret'] },
  {
    ...fairway,
    kind: 'AccessToken',
    clusterScoped: true,
    spec: tenancy.AccessTokenSpec,
    selectableFields: ['spec.hash', 'spec.principal'],
    columns: [
      ['Principal', '.spec.principal'],
      ['Expires', '.spec.expiresAt'],
    ],
  },
];

export const wholeSchema = (row: KindRow): TSchema =>
  row.whole ??
  Type.Object({ spec: row.spec ?? Type.Object({}), ...(row.status === undefined ? {} : { status: Type.Optional(row.status) }) });
