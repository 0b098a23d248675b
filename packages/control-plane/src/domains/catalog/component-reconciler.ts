import {
  Build,
  Component,
  type ComponentSpec,
  ScheduledTask,
  Service,
  type ServiceSpec,
  WebApplication,
  Workload,
  type WorkloadSpec,
} from '@fairway/contracts';
import { type AnyResource, type Key, type Kind, keyOf, type Resource, type ResourceOf } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled, waiting } from '@fairway/resources/reconcile';
import {
  type BuildResource,
  buildAnnotations,
  buildOrder,
  hasSucceeded,
  typedObjectOf,
  typedRowOf,
  workloadOfBuild,
} from './built-workload.ts';

const fieldManager = 'fairway-catalog';
const ownedKinds: readonly Kind[] = [Workload, Service, WebApplication, ScheduledTask];

/** Among so many builds one has succeeded, or there is nothing new to deploy. */
const recentBuilds = 100;

type ComponentResource = ResourceOf<typeof Component>;

/** The newest succeeded build of a component becomes its Workload and its typed object; what names it as its owner becomes its own. */
export const componentController = (): Controller<typeof Component> => ({
  name: 'catalog/component-workload',
  kind: Component,
  watches: [Build, ...ownedKinds].map((kind) => ({ kind, wakes: ownerOf })),
  reconcile: reconcileComponent,
});

const ownerOf = ({ metadata, spec }: AnyResource): readonly Key[] => {
  const name = (spec as { owner?: { componentName?: string } } | undefined)?.owner?.componentName;
  return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
};

async function reconcileComponent(component: ComponentResource, context: ReconcileContext): Promise<Reconciled> {
  const { metadata, spec } = component;
  if (spec === undefined || metadata.deletionTimestamp !== undefined) return { outcome: settled };
  await adopt(component, context);
  const builds = await buildsOf(component, context);
  const newest = builds[0];
  const status = newest === undefined ? {} : { latestBuild: newest.metadata.name };
  const build = builds.find(hasSucceeded);
  if (build === undefined) return { outcome: settled, status };
  const mismatch = mismatchOf(component, build);
  if (mismatch !== undefined) return { outcome: waiting('TypeMismatch', mismatch, 600_000), status };
  const workload = await writeWorkload(component, build, context);
  await writeTyped(component, workload, context);
  return { outcome: settled, status };
}

/** The newest ones, newest first: the workload of an older one was written long ago. */
async function buildsOf({ metadata, spec }: ComponentResource, { resources }: ReconcileContext): Promise<BuildResource[]> {
  const { items } = await resources.list(Build, {
    namespace: metadata.namespace ?? '',
    fieldSelector: `spec.owner.componentName=${metadata.name}`,
    newestFirst: true,
    limit: recentBuilds,
  });
  const own = items.filter((build) => build.spec?.owner.projectName === spec?.owner.projectName);
  return own.sort((a, b) => (buildOrder(a) > buildOrder(b) ? -1 : 1));
}

/** A program that ends is no web application: it would be started again for ever. */
function mismatchOf({ metadata, spec }: ComponentResource, { status }: BuildResource): string | undefined {
  const isTask = status?.detected?.shape === 'task' && Object.keys(status.workload?.endpoints ?? {}).length === 0;
  if (!isTask || spec?.type === 'ScheduledTask' || typedRowOf(spec?.type) === undefined) return undefined;
  return `The build found a task with a schedule, and component "${metadata.name}" is a ${spec?.type}: set spec.type to ScheduledTask.`;
}

/** What was applied before its component has no owner yet; any write lets admission fill it in. */
async function adopt({ metadata }: ComponentResource, { resources, cause }: ReconcileContext): Promise<void> {
  for (const kind of ownedKinds) {
    const { items } = await resources.list(kind, {
      namespace: metadata.namespace ?? '',
      fieldSelector: `spec.owner.componentName=${metadata.name}`,
    });
    const orphans = items.filter((item) => !(item.metadata.ownerReferences ?? []).some(({ uid }) => uid === metadata.uid));
    if (orphans.length === 0) continue;
    await resources.commit(
      cause('component.adopt'),
      orphans.map((item) => ({ op: 'mutate', kind, key: keyOf(item), change: (current) => touched(current, metadata) })),
    );
  }
}

function touched(current: AnyResource | undefined, { name, uid }: ComponentResource['metadata']): Resource | undefined {
  if (current === undefined || uid === undefined) return undefined;
  const others = (current.metadata.ownerReferences ?? []).filter((owner) => owner.kind !== Component.kind || owner.name !== name);
  const reference = { apiVersion: `${Component.group}/${Component.version}`, kind: Component.kind, name, uid };
  return { ...current, metadata: { ...current.metadata, ownerReferences: [...others, reference] } };
}

/** Applied by ownership, so that what people added to the workload stays. An older build never overwrites a newer one. */
async function writeWorkload(
  component: Resource<ComponentSpec>,
  build: BuildResource,
  { resources, cause }: ReconcileContext,
): Promise<Resource<WorkloadSpec>> {
  const desired = workloadOfBuild({ component, build });
  const current = await resources.get(Workload, keyOf(desired));
  const order = current?.metadata.annotations?.[buildAnnotations.order];
  if (current !== undefined && order !== undefined && order >= buildOrder(build)) return current;
  const { object } = await resources.apply(cause('workload.build'), desired, { fieldManager, force: true });
  return object as Resource<WorkloadSpec>;
}

/** A typed object that somebody else made is left to them. */
async function writeTyped(
  component: ComponentResource,
  workload: Resource<WorkloadSpec>,
  { resources, cause }: ReconcileContext,
): Promise<void> {
  const row = typedRowOf(component.spec?.type);
  if (row === undefined) return;
  const desired = typedObjectOf(component, workload, row);
  const { items } = await resources.list(row.kind, {
    namespace: component.metadata.namespace ?? '',
    fieldSelector: `spec.owner.componentName=${component.metadata.name}`,
  });
  const existing = items[0] as Resource<ServiceSpec> | undefined;
  const isOurs = (existing?.metadata.managedFields ?? []).some(
    ({ manager, operation }) => manager === fieldManager && operation === 'Apply',
  );
  if (existing !== undefined && !isOurs) return;
  await resources.apply(cause('component.type'), desired, { fieldManager, force: true });
}
