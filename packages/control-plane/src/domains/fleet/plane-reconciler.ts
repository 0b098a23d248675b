import { BuildPlane, DataPlane, Environment, type EnvironmentSpec, type PlaneStatus, Secret } from '@fairway/contracts';
import { type AnyResource, isProblem, type Key, type Kind, type Resource } from '@fairway/resources/model';
import { type Controller, type ReconcileContext, type Reconciled, settled, waiting } from '@fairway/resources/reconcile';
import { planeAddress } from './plane-address.ts';
import type { Clusters, OpenCurrentSecret, PlaneSpec } from './ports.ts';

export interface FleetDependencies {
  clusters: Clusters;
  openCurrentSecret: OpenCurrentSecret;
}

const cleanupFinalizer = 'openchoreo.dev/dataplane-cleanup';
const probeEveryMs = 60_000;
const probeAgainMs = 15_000;

/** Says whether the cluster of a plane answers, and in which version. */
export const planeControllers = (deps: FleetDependencies): Controller[] =>
  [
    { name: 'fleet/data-plane', kind: DataPlane as Kind<PlaneSpec, PlaneStatus> },
    { name: 'fleet/build-plane', kind: BuildPlane as Kind<PlaneSpec, PlaneStatus> },
  ].map(({ name, kind }) => {
    const controller: Controller<Kind<PlaneSpec, PlaneStatus>> = {
      name,
      kind,
      watches: [
        { kind: Secret, wakes: (secret) => ownersOf(secret, kind.kind) },
        ...(kind.kind === DataPlane.kind ? [{ kind: Environment, wakes: planeOf }] : []),
      ],
      reconcile: (plane, context) => reconcilePlane(deps, plane, context),
      ...(kind.kind === DataPlane.kind ? { finalizer: cleanupFinalizer, finalize: waitForEnvironments } : {}),
    };
    return controller as unknown as Controller;
  });

const ownersOf = ({ metadata }: AnyResource, kind: string): readonly Key[] =>
  (metadata.ownerReferences ?? [])
    .filter((owner) => owner.kind === kind)
    .map(({ name }) => ({ namespace: metadata.namespace ?? '', name }));

const planeOf = ({ metadata, spec }: AnyResource): readonly Key[] => [
  { namespace: metadata.namespace ?? '', name: (spec as EnvironmentSpec | undefined)?.dataPlaneRef ?? 'default' },
];

/** A data plane that environments still use stays reachable until they are gone: without it nothing could be removed from its cluster. */
async function waitForEnvironments({ metadata }: Resource<PlaneSpec, PlaneStatus>, { resources }: ReconcileContext): Promise<Reconciled> {
  const { items } = await resources.list(Environment, { namespace: metadata.namespace ?? '' });
  const users = items
    .filter(({ spec }) => (spec?.dataPlaneRef ?? 'default') === metadata.name)
    .map((environment) => environment.metadata.name);
  if (users.length === 0) return { outcome: settled };
  const message = `DataPlane "${metadata.name}" goes when no environment uses it: delete or move ${users.slice(0, 10).join(', ')} first.`;
  return { outcome: waiting('DataPlaneInUse', message, probeEveryMs) };
}

async function reconcilePlane(
  { clusters, openCurrentSecret }: FleetDependencies,
  { kind, metadata, spec }: Resource<PlaneSpec, PlaneStatus>,
  { signal }: ReconcileContext,
): Promise<Reconciled> {
  if (spec === undefined) return { outcome: settled };
  const organization = metadata.namespace ?? '';
  try {
    const address = await planeAddress({ organization, name: metadata.name, spec }, openCurrentSecret, signal);
    const { version } = await clusters.probe(address, signal);
    return { outcome: { is: 'settled', againInMs: probeEveryMs }, status: { version } };
  } catch (error) {
    if (!isProblem(error)) throw error;
    const message = `${kind} "${metadata.name}" cannot be used: ${error.message}`;
    return { outcome: waiting(error.reason === 'unavailable' ? 'ClusterUnreachable' : 'ClusterRefused', message, probeAgainMs) };
  }
}
