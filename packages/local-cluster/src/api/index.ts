/**
 * The cluster as a process: settings, store, rules of the kinds, tokens, TLS, the Kubernetes protocol, logs of pods, figures.
 * Decides nothing about workloads (controllers/) and runs nothing (node/, runtime/).
 * Start with start-local-cluster.ts, which joins everything; rules/ says what a good object is.
 */
export { readSettings, type Settings } from './read-settings.ts';
export { type LocalCluster, startLocalCluster } from './start-local-cluster.ts';
