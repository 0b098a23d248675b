/**
 * What keeps the cluster's objects true to each other: deployments and their sets, jobs, endpoints, the scheduler, namespaces, events.
 * Reads and writes objects only; what runs on the machine is node/'s and runtime/'s work.
 * Start with create-controllers.ts; a rolling update is deployments/plan-rollout.ts.
 */
export { createDefaultObjects } from './cluster/default-objects.ts';
export { namespaceFinalizer } from './cluster/namespace-controller.ts';
export { createControllers } from './create-controllers.ts';
export { isTimeZone, parseCronSchedule } from './jobs/cron-schedule.ts';
export { jobLabels, noBackoffLimit } from './jobs/job-state.ts';
export { isEmptySelector, matchesSelector } from './pods/label-selector.ts';
export { createNameSuffix } from './pods/make-pod.ts';
export { measureUse, unsaidNeeds } from './quotas/measure-use.ts';
export { formatQuantity, parseQuantity } from './quotas/quantity.ts';
