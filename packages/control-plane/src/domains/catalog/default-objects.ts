import {
  ApiClass,
  BuildPlane,
  DataPlane,
  DeploymentPipeline,
  Environment,
  Organization,
  Project,
  ScheduledTaskClass,
  ServiceClass,
  WebApplicationClass,
} from '@fairway/contracts';
import { apiVersionOf, type Kind, type Resource } from '@fairway/resources/model';

interface Text {
  displayName: string;
  description: string;
}

const object = (kind: Kind, name: string, spec: object, text?: Text): Resource => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: {
    name,
    labels: { 'openchoreo.dev/name': name },
    ...(text === undefined
      ? {}
      : { annotations: { 'openchoreo.dev/display-name': text.displayName, 'openchoreo.dev/description': text.description } }),
  },
  spec,
});

const inOrganization = (resource: Resource, organization: string): Resource => ({
  ...resource,
  metadata: {
    ...resource.metadata,
    namespace: organization,
    labels: { ...resource.metadata.labels, 'openchoreo.dev/organization': organization },
  },
});

const mainContainer = {
  name: 'main',
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '400m', memory: '256Mi' } },
};
const workloadClass = {
  deploymentTemplate: { replicas: 1, template: { spec: { containers: [mainContainer] } } },
  serviceTemplate: { type: 'ClusterIP' },
};
/** Runs of a task never overlap unless its class says so; a failed one is kept to be looked at. */
const taskClass = {
  cronJobTemplate: {
    concurrencyPolicy: 'Forbid',
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
    jobTemplate: { spec: { backoffLimit: 3, template: { spec: { containers: [mainContainer] } } } },
  },
};
const promotionPaths = [
  { sourceEnvironmentRef: 'development', targetEnvironmentRefs: [{ name: 'staging' }] },
  { sourceEnvironmentRef: 'staging', targetEnvironmentRefs: [{ name: 'production' }] },
];

const capital = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

const environment = (name: string, dnsPrefix: string, isProduction: boolean): Resource =>
  object(
    Environment,
    name,
    { dataPlaneRef: 'default', isProduction, gateway: { dnsPrefix } },
    { displayName: capital(name), description: `The ${name} environment` },
  );

/**
 * What an organization begins with, in the order in which it can be written; the first one of an installation is `default`. Both names of the
 * default pipeline are there, so that projects written for the product and for its documentation work alike.
 */
export const defaultObjects = (organization = 'default'): Resource[] => [
  object(
    Organization,
    organization,
    {},
    { displayName: `${capital(organization)} Organization`, description: `The organization ${organization}` },
  ),
  ...members().map((member) => inOrganization(member, organization)),
];

const members = (): Resource[] => [
  object(DataPlane, 'default', {
    clusterRef: 'local',
    gateway: { publicVirtualHost: 'choreoapis.localhost', organizationVirtualHost: 'choreoapis.internal' },
  }),
  object(BuildPlane, 'default', { clusterRef: 'local' }),
  environment('development', 'dev', false),
  environment('staging', 'staging', false),
  environment('production', 'prod', true),
  ...['default-pipeline', 'default'].map((name) =>
    object(
      DeploymentPipeline,
      name,
      { promotionPaths },
      { displayName: 'Default Pipeline', description: 'development, then staging, then production' },
    ),
  ),
  object(ServiceClass, 'default', workloadClass),
  object(WebApplicationClass, 'default', workloadClass),
  object(ScheduledTaskClass, 'default', taskClass),
  object(ApiClass, 'default', { restPolicy: {} }),
  object(ApiClass, 'default-with-cors', {
    restPolicy: {
      defaults: {
        cors: {
          allowOrigins: ['*'],
          allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
          allowHeaders: ['Content-Type', 'Authorization'],
          exposeHeaders: [],
          maxAge: 86_400,
        },
      },
    },
  }),
  object(ApiClass, 'default-with-rate-limit', { restPolicy: { defaults: { rateLimit: { requests: 10, window: '1m' } } } }),
  object(ApiClass, 'default-with-circuit-breaker', {
    restPolicy: {
      defaults: {
        circuitBreaker: { enabled: true, maxConnections: 50, maxPendingRequests: 50, maxParallelRequests: 20, maxParallelRetries: 1 },
      },
    },
  }),
  object(
    Project,
    'default',
    { deploymentPipelineRef: 'default-pipeline' },
    { displayName: 'Default Project', description: 'Your first project to get started' },
  ),
];
