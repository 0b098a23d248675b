import { createHash } from 'node:crypto';
import { EndpointSlice, Endpoints, type EndpointsFields, Pod, Service } from '@fairway/contracts/builtin';
import { type AnyResource, type Change, type Key, keyOf, type Resource, type ResourceOf } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { controllerReference, safeDigits } from '../pods/make-pod.ts';
import { isTerminating } from '../pods/pod-state.ts';
import { type EndpointGroup, groupEndpoints } from './endpoint-groups.ts';
import { mirroredGroups } from './mirror-endpoints.ts';
import { createSelectorIndex, type SelectorIndex } from './selector-index.ts';

type ServiceObject = ResourceOf<typeof Service>;

const serviceNameLabel = 'kubernetes.io/service-name';
const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const manager = 'endpointslice-controller.k8s.io';
const mirror = 'endpointslicemirroring-controller.k8s.io';
/** The gateway's word that it has no request left at a pod; see the decision page about draining. */
const drainedPrefix = 'drained.fairway.dev/';

const sliceName = (service: ServiceObject, group: EndpointGroup): string =>
  `${service.metadata.name.slice(0, 240)}-${safeDigits(createHash('sha256').update(JSON.stringify(group.ports)).digest(), 8)}`;

/** Of the annotations that are there, those that do not speak of a pod that has gone. */
const keptAnnotations = (annotations: Record<string, string>, group: EndpointGroup): Record<string, string> => {
  const living = new Set(group.endpoints.map(({ targetRef }) => `${drainedPrefix}${targetRef?.uid}`));
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith(drainedPrefix) || living.has(key)));
};

const sliceOf = (
  service: ServiceObject,
  { group, by }: { group: EndpointGroup; by: string },
  current: AnyResource | undefined,
): Resource => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: EndpointSlice.kind,
  ...current,
  metadata: {
    ...current?.metadata,
    name: sliceName(service, group),
    namespace: service.metadata.namespace ?? '',
    labels: { ...service.metadata.labels, [serviceNameLabel]: service.metadata.name, [managedByLabel]: by },
    annotations: keptAnnotations(current?.metadata.annotations ?? {}, group),
    ownerReferences: [controllerReference(Service, service)],
  },
  ...{ addressType: 'IPv4', endpoints: group.endpoints, ports: group.ports },
});

/** The older form: one subset a group. Pods on their way out are in the slices only. */
function subsetsOf(groups: readonly EndpointGroup[]): NonNullable<EndpointsFields['subsets']> {
  return groups.flatMap(({ ports, endpoints }) => {
    const staying = endpoints.filter(({ conditions }) => conditions?.terminating !== true);
    const address = ({ addresses, nodeName, targetRef }: (typeof endpoints)[number]) => ({
      ip: addresses[0] ?? '',
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(targetRef === undefined ? {} : { targetRef }),
    });
    const [ready, waiting] = [true, false].map((is) =>
      staying.filter(({ conditions }) => (conditions?.ready === true) === is).map(address),
    );
    if (staying.length === 0) return [];
    return [
      {
        ...(ready?.length ? { addresses: ready } : {}),
        ...(waiting?.length ? { notReadyAddresses: waiting } : {}),
        ports: ports.flatMap(({ port, ...rest }) => (port === undefined ? [] : [{ ...rest, port }])),
      },
    ];
  });
}

const endpointsOf = (service: ServiceObject, groups: readonly EndpointGroup[], current: AnyResource | undefined): Resource => ({
  apiVersion: 'v1',
  kind: Endpoints.kind,
  ...current,
  metadata: {
    ...current?.metadata,
    name: service.metadata.name,
    namespace: service.metadata.namespace ?? '',
    labels: { ...service.metadata.labels, [managedByLabel]: manager },
    ownerReferences: [controllerReference(Service, service)],
  },
  ...{ subsets: subsetsOf(groups) },
});

type Written = { kind: typeof EndpointSlice | typeof Endpoints; name: string; change: (current: AnyResource | undefined) => Resource };

const write = (service: ServiceObject, { kind, name, change }: Written): Change => ({
  op: 'mutate',
  kind,
  key: { namespace: service.metadata.namespace ?? '', name },
  create: true,
  change,
});

/** The groups as slices, and the end of those that are not among them. */
async function sliceChanges(
  service: ServiceObject,
  { groups, by }: { groups: readonly EndpointGroup[]; by: string },
  { resources }: ReconcileContext,
): Promise<Change[]> {
  const namespace = service.metadata.namespace ?? '';
  const labelSelector = `${serviceNameLabel}=${service.metadata.name},${managedByLabel} in (${manager},${mirror})`;
  const slices = (await resources.list(EndpointSlice, { namespace, labelSelector })).items as Resource[];
  const names = new Set(groups.map((group) => sliceName(service, group)));
  return [
    ...groups.map((group) =>
      write(service, {
        kind: EndpointSlice,
        name: sliceName(service, group),
        change: (current) => sliceOf(service, { group, by }, current),
      }),
    ),
    ...slices
      .filter((slice) => !names.has(slice.metadata.name) && !isTerminating(slice))
      .map((slice): Change => ({ op: 'delete', kind: EndpointSlice, key: keyOf(slice) })),
  ];
}

async function writeEndpoints(service: ServiceObject, groups: readonly EndpointGroup[], context: ReconcileContext): Promise<void> {
  const changes = await sliceChanges(service, { groups, by: manager }, context);
  const { name } = service.metadata;
  const old = write(service, { kind: Endpoints, name, change: (current) => endpointsOf(service, groups, current) });
  await context.resources.commit(context.cause('endpoints.write'), [...changes, old]);
}

/** Without a selector somebody else says who answers: by slices, which stand as they are, or by Endpoints, which are put into that form. */
async function mirrorEndpoints(service: ServiceObject, context: ReconcileContext): Promise<void> {
  const { namespace = '', name } = service.metadata;
  const written = (await context.resources.get(Endpoints, { namespace, name })) as (AnyResource & EndpointsFields) | undefined;
  const changes = await sliceChanges(service, { groups: written === undefined ? [] : mirroredGroups(written), by: mirror }, context);
  if (changes.length > 0) await context.resources.commit(context.cause('endpoints.mirror'), changes);
}

const reconcileService =
  (index: SelectorIndex) =>
  async (service: ServiceObject, context: ReconcileContext): Promise<Reconciled> => {
    const { spec, metadata } = service;
    index.put(service);
    const selector = Object.entries(spec?.selector ?? {});
    // An external name has no endpoints.
    if (spec === undefined || spec.type === 'ExternalName' || isTerminating(service)) return { outcome: settled };
    if (selector.length === 0) {
      await mirrorEndpoints(service, context);
      return { outcome: settled };
    }
    const labelSelector = selector.map(([key, value]) => `${key}=${value}`).join(',');
    const pods = (await context.resources.list(Pod, { namespace: metadata.namespace ?? '', labelSelector })).items;
    index.found(service, pods as AnyResource[]);
    await writeEndpoints(service, groupEndpoints(spec, pods), context);
    return { outcome: settled };
  };

const ownerService = (slice: AnyResource): readonly Key[] => {
  const isSlice = slice.kind === EndpointSlice.kind;
  const name = isSlice ? slice.metadata.labels?.[serviceNameLabel] : slice.metadata.name;
  const isOthers = isSlice && slice.metadata.ownerReferences === undefined;
  return name === undefined || isOthers ? [] : [{ namespace: slice.metadata.namespace ?? '', name }];
};

/** Says where the pods of each Service answer. */
export const createEndpointsController = (): Controller<typeof Service> => {
  const index = createSelectorIndex();
  return {
    name: 'local-cluster/endpoints',
    kind: Service,
    conditionStyle: 'own',
    resyncMs: 60_000,
    watches: [
      { kind: Pod, wakes: (pod) => index.servicesOf(pod) },
      { kind: EndpointSlice, wakes: ownerService },
      { kind: Endpoints, wakes: ownerService },
    ],
    reconcile: reconcileService(index),
  };
};
