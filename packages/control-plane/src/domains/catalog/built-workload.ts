import {
  type Build,
  type ComponentSpec,
  ScheduledTask,
  type ScheduledTaskSpec,
  Service,
  type ServiceApi,
  type ServiceSpec,
  WebApplication,
  Workload,
  type WorkloadSpec,
} from '@fairway/contracts';
import { apiVersionOf, type Kind, type Resource, type ResourceOf } from '@fairway/resources/model';

export type BuildResource = ResourceOf<typeof Build>;

export const buildAnnotations = {
  build: 'fairway.dev/build',
  /** Sorts builds by when they were made; an older build that ends later is known by it. */
  order: 'fairway.dev/build-order',
  commit: 'fairway.dev/commit',
  toolchain: 'fairway.dev/toolchain',
  /** Who caused the build, where it says so. */
  changedBy: 'fairway.dev/changed-by',
} as const;

const defaultWebPort = 8080;

/** Creation time, then the uid, which grows with time too: two builds of one second still have an order. */
export const buildOrder = ({ metadata }: BuildResource): string => `${metadata.creationTimestamp ?? ''}/${metadata.uid ?? ''}`;

export const hasSucceeded = ({ status }: BuildResource): boolean =>
  status?.imageStatus !== undefined &&
  (status.conditions ?? []).some(({ type, status: state }) => type === 'BuildCompleted' && state === 'True');

export interface Made {
  component: Resource<ComponentSpec>;
  build: BuildResource;
}

/** The workload of a build: what workload.yaml said and the builder found, around the image that it pushed. */
export function workloadOfBuild({ component, build }: Made): Resource<WorkloadSpec> {
  const changedBy = build.metadata.annotations?.[buildAnnotations.changedBy];
  const { workload, imageStatus, workloadName, detected, commit } = build.status ?? {};
  const { main, ...others } = workload?.containers ?? {};
  const endpoints = workload?.endpoints ?? {};
  const answers = detected === undefined || detected.shape === 'web' || detected.shape === 'service';
  const needsEndpoint = component.spec?.type === 'WebApplication' && answers && Object.keys(endpoints).length === 0;
  const name = component.metadata.name;
  const annotations = {
    [buildAnnotations.build]: build.metadata.name,
    [buildAnnotations.order]: buildOrder(build),
    ...(commit === undefined ? {} : { [buildAnnotations.commit]: commit }),
    ...(changedBy === undefined ? {} : { [buildAnnotations.changedBy]: changedBy }),
    ...(detected?.toolchain === undefined ? {} : { [buildAnnotations.toolchain]: detected.toolchain }),
  };
  return {
    apiVersion: apiVersionOf(Workload),
    kind: Workload.kind,
    metadata: { name: workloadName ?? `${name}-workload`, namespace: component.metadata.namespace ?? '', annotations },
    spec: {
      owner: { projectName: component.spec?.owner.projectName ?? '', componentName: name },
      containers: { ...others, main: { ...main, image: imageStatus?.image ?? '' } },
      endpoints: needsEndpoint ? { http: { type: 'HTTP', port: defaultWebPort } } : endpoints,
      ...(workload?.connections === undefined ? {} : { connections: workload.connections }),
      ...(detected?.schedule === undefined ? {} : { schedule: detected.schedule }),
    },
  };
}

interface TypedRow {
  kind: Kind<ServiceSpec | ScheduledTaskSpec, unknown>;
  suffix: string;
}

const typedRows: Readonly<Record<string, TypedRow>> = {
  Service: { kind: Service as TypedRow['kind'], suffix: 'service' },
  WebApplication: { kind: WebApplication as TypedRow['kind'], suffix: 'webapp' },
  ScheduledTask: { kind: ScheduledTask as TypedRow['kind'], suffix: 'task' },
};

export const typedRowOf = (type: string | undefined): TypedRow | undefined => (type === undefined ? undefined : typedRows[type]);

/** The typed object of a component that has none. Every HTTP endpoint of a service is offered as a public API. */
export function typedObjectOf(
  component: Resource<ComponentSpec>,
  workload: Resource<WorkloadSpec>,
  { kind, suffix }: TypedRow,
): Resource<ServiceSpec> {
  const apis = component.spec?.type === 'Service' ? publicApis(workload.spec?.endpoints ?? {}) : {};
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: `${component.metadata.name}-${suffix}`, namespace: component.metadata.namespace ?? '' },
    spec: {
      owner: { projectName: component.spec?.owner.projectName ?? '', componentName: component.metadata.name },
      workloadName: workload.metadata.name,
      className: 'default',
      ...(Object.keys(apis).length === 0 ? {} : { apis }),
    },
  };
}

function publicApis(endpoints: NonNullable<WorkloadSpec['endpoints']>): Record<string, ServiceApi> {
  const http = Object.entries(endpoints).filter(([, { type }]) => type === 'HTTP' || type === 'REST');
  return Object.fromEntries(
    http.map(([name, { port }]): [string, ServiceApi] => [
      name,
      { className: 'default', type: 'REST', rest: { backend: { port, basePath: '/' }, exposeLevels: ['Public'] } },
    ]),
  );
}
