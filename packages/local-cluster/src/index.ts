/**
 * A cluster of one machine: the Kubernetes protocol over a store of its own, and pods as supervised processes that outlive it.
 * It is a cluster like any other for the control plane, which reaches it through its API alone; it must not know of Fairway's own kinds.
 * Start with main.ts and api/start-local-cluster.ts; then controllers/, node/ and runtime/.
 */
export { type LocalCluster, readSettings, type Settings, startLocalCluster } from './api/index.ts';
