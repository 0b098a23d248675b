import { createHash } from 'node:crypto';
import { EndpointSlice, Endpoints, type EndpointsFields, Pod, Service } from '@fairway/contracts/builtin';
import { type AnyResource, type Change, type Key, keyOf, type Resource, type ResourceOf } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled } from '@fairway/resources/reconcile';
import { controllerReference, safeDigits } from '../pods/make-pod.ts';
import { isTerminating } from '../pods/pod-state.ts';
import { type EndpointGroup, groupEndpoints } from './endpoint-groups.ts';
import { createSelectorIndex, type SelectorIndex } from './selector-index.ts';

type ServiceObject = ResourceOf<typeof Service>;

const serviceNameLabel = 'kubernetes.io/service-name';
const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const manager = 'endpointslice-controller.k8s.io';
/** The gateway's word that it has no request left at a pod; see the decision page about draining. */
const drainedPrefix = 'drained.fairway.dev/';

const sliceName = (service: ServiceObject, group: EndpointGroup): string =>
  `${service.metadata.name.slice(0, 240)}-${safeDigits(createHash('sha256').update(JSON.stringify(group.ports)).digest(), 8)}`;

/** Of the annotations that are there, those that do not speak of a pod that has gone. */
const keptAnnotations = (annotations: Record<string, string>, group: EndpointGroup): Record<string, string> => {
  const living = new Set(group.endpoints.map(({ targetRef }) => `${drainedPrefix}${targetRef?.uid}`));
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith(drainedPrefix) || living.has(key)));
};

const sliceOf = (service: ServiceObject, group: EndpointGroup, current: AnyResource | undefined): Resource => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: EndpointSlice.kind,
  ...current,
  metadata: {
    ...current?.metadata,
    name: sliceName(service, group),
    namespace: service.metadata.namespace ?? '',
    labels: { ...service.metadata.labels, [serviceNameLabel]: service.metadata.name, [managedByLabel]: manager },
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

async function writeEndpoints(
  service: ServiceObject,
  groups: readonly EndpointGroup[],
  { resources, cause }: ReconcileContext,
): Promise<void> {
  const namespace = service.metadata.namespace ?? '';
  const labelSelector = `${serviceNameLabel}=${service.metadata.name},${managedByLabel}=${manager}`;
  const slices = (await resources.list(EndpointSlice, { namespace, labelSelector })).items as Resource[];
  const names = new Set(groups.map((group) => sliceName(service, group)));
  const write = (kind: typeof Endpoints, name: string, change: (current: AnyResource | undefined) => Resource): Change => ({
    op: 'mutate',
    kind,
    key: { namespace, name },
    create: true,
    change,
  });
  const changes: Change[] = [
    ...groups.map((group) => write(EndpointSlice, sliceName(service, group), (current) => sliceOf(service, group, current))),
    write(Endpoints, service.metadata.name, (current) => endpointsOf(service, groups, current)),
    ...slices
      .filter((slice) => !names.has(slice.metadata.name) && !isTerminating(slice))
      .map((slice): Change => ({ op: 'delete', kind: EndpointSlice, key: keyOf(slice) })),
  ];
  await resources.commit(cause('endpoints.write'), changes);
}

const reconcileService =
  (index: SelectorIndex) =>
  async (service: ServiceObject, context: ReconcileContext): Promise<Reconciled> => {
    const { spec, metadata } = service;
    index.put(service);
    const selector = Object.entries(spec?.selector ?? {});
    // Without a selector somebody else writes the endpoints; an external name has none.
    if (spec === undefined || selector.length === 0 || spec.type === 'ExternalName' || isTerminating(service)) return { outcome: settled };
    const labelSelector = selector.map(([key, value]) => `${key}=${value}`).join(',');
    const pods = (await context.resources.list(Pod, { namespace: metadata.namespace ?? '', labelSelector })).items;
    await writeEndpoints(service, groupEndpoints(spec, pods), context);
    return { outcome: settled };
  };

const ownerService = (slice: AnyResource): readonly Key[] => {
  const name = slice.metadata.labels?.[serviceNameLabel] ?? (slice.kind === Endpoints.kind ? slice.metadata.name : undefined);
  return name === undefined || slice.metadata.ownerReferences === undefined ? [] : [{ namespace: slice.metadata.namespace ?? '', name }];
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
