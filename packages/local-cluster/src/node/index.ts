/**
 * The node agent: pods that name this node become processes, and their status says how they are. It plays the kubelet's part.
 * It meets the controllers only through objects in the store, and starts nothing itself that runtime/ does not supervise.
 * Start with start-node-agent.ts, then pod-worker.ts (a pod's way, step by step) and run-container.ts (a container's).
 */
export { podRules } from './pod-rules.ts';
export type { PodAccess } from './reach-pod.ts';
export { type NodeAgent, type PodFigures, startNodeAgent } from './start-node-agent.ts';
export { createUsageMeter } from './usage-meter.ts';
export { createVolumeFolders } from './volume-folders.ts';
