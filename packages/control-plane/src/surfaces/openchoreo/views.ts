import type {
  BindingSpec,
  BindingStatus,
  BuildSpec,
  BuildStatus,
  ComponentSpec,
  ComponentStatus,
  ConditionedStatus,
  ProjectSpec,
} from '@fairway/contracts';
import type { Condition, Resource } from '@fairway/resources/model';

/** Views of the canonical kinds in OpenChoreo's response shapes (docs/compatibility/openchoreo.md, "Responses"). */
const displayName = 'openchoreo.dev/display-name';
const description = 'openchoreo.dev/description';
const zeroTime = '0001-01-01T00:00:00Z';

const some = (key: string, value: unknown): Record<string, unknown> =>
  value === undefined || value === '' || value === null ? {} : { [key]: value };
const annotated = ({ metadata }: Resource): Record<string, unknown> => ({
  ...some('displayName', metadata.annotations?.[displayName]),
  ...some('description', metadata.annotations?.[description]),
});
const conditionStatus = (conditions: readonly Condition[] | undefined): string => {
  const last = conditions?.at(-1);
  return last === undefined ? 'Unknown' : last.status === 'True' ? 'Ready' : 'NotReady';
};

export const organizationView = (organization: Resource<unknown, ConditionedStatus & { namespace?: string }>) => ({
  name: organization.metadata.name,
  ...annotated(organization),
  ...some('namespace', organization.status?.namespace),
  createdAt: organization.metadata.creationTimestamp,
  status: conditionStatus(organization.status?.conditions as Condition[] | undefined),
});

export const projectView = (project: Resource<ProjectSpec, ConditionedStatus>) => ({
  name: project.metadata.name,
  orgName: project.metadata.namespace,
  ...annotated(project),
  ...some('deploymentPipeline', project.spec?.deploymentPipelineRef),
  createdAt: project.metadata.creationTimestamp,
  status: conditionStatus(project.status?.conditions as Condition[] | undefined),
});

export const componentView = (component: Resource<ComponentSpec, ComponentStatus>, options: { withBuild: boolean }) => {
  const { metadata, spec } = component;
  const build = spec?.build;
  return {
    name: metadata.name,
    ...annotated(component),
    type: spec?.type ?? '',
    projectName: spec?.owner.projectName ?? '',
    orgName: metadata.namespace,
    createdAt: metadata.creationTimestamp,
    status: 'Creating',
    ...(options.withBuild
      ? {
          buildConfig: {
            repoUrl: build?.repository.url ?? '',
            repoBranch: build?.repository.revision.branch ?? '',
            componentPath: build?.repository.appPath ?? '',
            buildTemplateRef: build?.templateRef.name ?? '',
            ...some('buildTemplateParams', build?.templateRef.parameters),
          },
        }
      : {}),
  };
};

/** A build's status is the reason of its furthest condition; a finished one is `Completed` when its workload was written. */
function buildStatus(status: BuildStatus | undefined): string {
  const conditions = status?.conditions ?? [];
  for (const type of ['WorkloadUpdated', 'BuildCompleted', 'BuildTriggered', 'BuildInitiated']) {
    const found = conditions.find((condition) => condition.type === type);
    if (found !== undefined) return type === 'WorkloadUpdated' && found.status === 'True' ? 'Completed' : found.reason;
  }
  return 'Unknown';
}

export const buildView = ({ metadata, spec, status }: Resource<BuildSpec, BuildStatus>, options: { isNew: boolean }) => ({
  name: metadata.name,
  uuid: metadata.uid,
  componentName: spec?.owner.componentName,
  projectName: spec?.owner.projectName,
  orgName: metadata.namespace,
  commit: spec?.repository.revision?.commit || 'latest',
  status: options.isNew ? 'Created' : buildStatus(status),
  createdAt: metadata.creationTimestamp,
  ...some('image', status?.imageStatus?.image),
});

const failedReasons = new Set([
  'ResourceHealthDegraded',
  'ServiceClassNotFound',
  'APIClassNotFound',
  'WebApplicationClassNotFound',
  'ScheduledTaskClassNotFound',
  'InvalidConfiguration',
  'ReleaseCreationFailed',
  'ReleaseUpdateFailed',
  'ReleaseDeletionFailed',
]);
const bindingState = (ready: Condition | undefined): string => {
  if (ready?.status === 'True') return 'Active';
  const reason = ready?.reason ?? '';
  if (reason === 'ResourcesSuspended' || reason === 'ResourcesUndeployed') return 'Suspended';
  if (reason === 'ResourceHealthProgressing') return 'InProgress';
  return failedReasons.has(reason) ? 'Failed' : 'NotYetDeployed';
};

const typeOfKind: Readonly<Record<string, [type: string, field: string]>> = {
  ServiceBinding: ['Service', 'serviceBinding'],
  WebApplicationBinding: ['WebApplication', 'webApplicationBinding'],
  ScheduledTaskBinding: ['ScheduledTask', 'scheduledTaskBinding'],
};

export function bindingView(binding: Resource<BindingSpec, BindingStatus>) {
  const { metadata, spec, status, kind } = binding;
  const ready = (status?.conditions as Condition[] | undefined)?.find(({ type }) => type === 'Ready');
  const [type, field] = typeOfKind[kind] ?? [kind, 'serviceBinding'];
  const image = Object.values(spec?.workloadSpec?.containers ?? {})[0]?.image;
  return {
    name: metadata.name,
    type,
    componentName: spec?.owner.componentName,
    projectName: spec?.owner.projectName,
    orgName: metadata.namespace,
    environment: spec?.environment,
    status: {
      reason: ready?.reason ?? '',
      message: ready?.message ?? '',
      status: bindingState(ready),
      lastTransitioned: ready?.lastTransitionTime ?? zeroTime,
    },
    [field]: { ...(type === 'ScheduledTask' ? {} : { endpoints: status?.endpoints ?? null }), ...some('image', image) },
  };
}

/** What a change of the release state answers: hardly anything but the new state. */
export function changedBindingView(binding: Resource<BindingSpec, BindingStatus>) {
  const full = bindingView(binding);
  const [, field] = typeOfKind[binding.kind] ?? ['', 'serviceBinding'];
  const rest = field === 'scheduledTaskBinding' ? {} : { endpoints: null };
  return {
    ...full,
    status: { reason: '', message: '', status: '', lastTransitioned: zeroTime },
    [field]: { ...rest, releaseState: binding.spec?.releaseState },
  };
}
