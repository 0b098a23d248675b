/**
 * Fleet: the clusters that Fairway reaches, in their roles of running components (DataPlane) and builds (BuildPlane).
 * Keeps their credentials out of every manifest and says whether they answer. Applies nothing to them.
 * Start with plane-rules.ts, then plane-reconciler.ts.
 */
import { BuildPlane, DataPlane } from '@fairway/contracts';
import type { AdmissionRules, Kind, KindRegistry, ResourceOf } from '@fairway/resources/model';
import type { Controller } from '@fairway/resources/reconcile';
import { type FleetDependencies, planeControllers } from './plane-reconciler.ts';
import { planeRules } from './plane-rules.ts';

export { planeAddress } from './plane-address.ts';
export type { FleetDependencies } from './plane-reconciler.ts';
export type { Clusters, OpenCurrentSecret, PlaneSpec } from './ports.ts';
export function registerFleet(registry: KindRegistry): void {
  const register = <K extends Kind>(kind: K): void => registry.register(kind, planeRules as unknown as AdmissionRules<ResourceOf<K>>);
  register(DataPlane);
  register(BuildPlane);
}

export const fleetControllers = (deps: FleetDependencies): Controller[] => planeControllers(deps);
