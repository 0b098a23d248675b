import { renderCronJob } from './render-cron-job.ts';
import { renderDeployment, renderService } from './render-deployment.ts';
import type { RenderedResource, RenderInput } from './render-input.ts';
import { renderApiRoutes, renderWebRoutes } from './render-routes.ts';
import { renderSecret } from './render-secret.ts';

/**
 * The Kubernetes objects of a binding, in the order in which they are applied: what a pod needs before the pod, the pod before its route.
 * Pure: the same input gives the same objects, down to the digest. Throws `InvalidConfiguration`.
 */
export function renderObjects(input: RenderInput): RenderedResource[] {
  switch (input.type) {
    case 'Service':
      return [...renderSecret(input), renderDeployment(input), ...renderService(input), ...renderApiRoutes(input)];
    case 'WebApplication':
      return [...renderSecret(input), renderDeployment(input), ...renderService(input), ...renderWebRoutes(input)];
    case 'ScheduledTask':
      return [...renderSecret(input), renderCronJob(input)];
  }
}
