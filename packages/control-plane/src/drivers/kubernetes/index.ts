/**
 * The driver for Kubernetes: clusters in their roles of running components and builds, the built-in one included.
 * Fills ports of delivery, pipelines and fleet over one client a cluster. Start with data-plane.ts and build-plane.ts.
 */
export { createBuildPlane, hasRunningSteps, organizationLabel, runLabel } from './build-plane.ts';
export { createDataPlane } from './data-plane.ts';
export { createPlaneClients, type PlaneClients } from './plane-clients.ts';
export type { PullCredentials } from './pull-secret.ts';
