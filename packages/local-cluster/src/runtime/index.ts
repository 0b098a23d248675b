/**
 * The process runtime: containers as supervised process groups that outlive the local cluster, their output, ports, probes and figures.
 * Knows nothing of Kubernetes objects or the store (that is node/), and never puts a user's text into a shell.
 * Start with process-runtime.ts, then shim.ts (what leads a group) and stop-members.ts (how one ends for certain).
 */
export { askProbe, type ProbeAnswer, type Question } from './ask-probe.ts';
export type { ContainerRecord } from './container-record.ts';
export type { ExecProcess } from './exec-process.ts';
export { createLinuxProcessTable } from './linux-process-table.ts';
export { type ProbeTiming, startProbeLoop } from './probe-loop.ts';
export { type ContainerPlan, createProcessRuntime, type ExecRequest, type ProcessRuntime } from './process-runtime.ts';
export { createPsProcessTable } from './ps-process-table.ts';
export type { LogQuery } from './read-logs.ts';
