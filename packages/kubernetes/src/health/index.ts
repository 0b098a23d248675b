/**
 * Is this object ready? Pure rules for the kinds of Kubernetes, and one for all others.
 * Reads nothing: what a rule should know beside the object (a workload's pods) is passed in.
 * Start with health-of.ts (the table of rules).
 */
export type { Health, HealthContext, HealthStatus } from './health.ts';
export { healthOf, worstHealth } from './health-of.ts';
