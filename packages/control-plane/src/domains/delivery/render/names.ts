import { generateName } from '../generate-name.ts';
import type { Scope } from '../labels.ts';

/** Everything of one project in one environment lies in one namespace of its data plane. */
export const namespaceName = (scope: Scope): string => generateName(63, 'dp', scope.organization, scope.project, scope.environment);

/** Deployment and Service share a name; 63 because a Service's name is a DNS label. */
export const runtimeName = (binding: string): string => generateName(63, binding);

/** Kubernetes lets a CronJob's name have 52 characters, because its Jobs' names are longer. */
export const cronJobName = (binding: string): string => generateName(52, binding);

export const webRouteName = (binding: string, endpoint: string): string => generateName(253, binding, endpoint, 'httproute');

export const apiRouteName = (binding: string, api: string, level: string): string =>
  generateName(63, binding, api, level.toLowerCase(), 'httproute');

export const securityPolicyName = (binding: string, api: string, level: string): string =>
  generateName(63, binding, api, level.toLowerCase());

export const trafficPolicyName = (binding: string, api: string, level: string): string =>
  generateName(63, binding, api, level.toLowerCase(), 'btp');
