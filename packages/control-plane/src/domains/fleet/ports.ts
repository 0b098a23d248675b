import type { BuildPlaneSpec, DataPlaneSpec, KubernetesCluster } from '@fairway/contracts';

/** What fleet needs from outside; `app/wire.ts` fills it. */

/** How to reach the cluster of a plane, with its secrets opened. Never to be logged or stored. */
export type PlaneAddress = { is: 'named'; name: string } | { is: 'inline'; cluster: KubernetesCluster };

export interface Clusters {
  /** Asks a cluster for its version. Changes nothing. Throws `unavailable` when it does not answer and `invalid` when it is not a cluster we know. */
  probe(address: PlaneAddress, signal: AbortSignal): Promise<{ version: string }>;
}

/** The values of the current version of a secret in the clear, and its labels; undefined when the secret is not there or has no values. */
export type OpenCurrentSecret = (
  reference: { organization: string; secret: string },
  signal: AbortSignal,
) => Promise<{ labels: Readonly<Record<string, string>>; values: Readonly<Record<string, string>> } | undefined>;

export type PlaneSpec = DataPlaneSpec | BuildPlaneSpec;
