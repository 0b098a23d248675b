/**
 * Catalog: what there is: projects, components, workloads, environments, deployment pipelines, configuration and secrets.
 * Turns a succeeded build into a Workload and its typed object. Deploys nothing and reads no cluster.
 * Start with component-rules.ts and secret-rules.ts (what a write means), then component-reconciler.ts.
 */
import {
  Component,
  ConfigurationGroup,
  DeploymentPipeline,
  Environment,
  Project,
  ScheduledTask,
  Secret,
  SecretVersion,
  Service,
  WebApplication,
  Workload,
} from '@fairway/contracts';
import type { AdmissionRules, Kind, KindRegistry, ResourceOf } from '@fairway/resources/model';
import type { Controller } from '@fairway/resources/reconcile';
import { componentController } from './component-reconciler.ts';
import { componentRules, ownedRules } from './component-rules.ts';
import { configurationGroupRules } from './configuration-group-rules.ts';
import type { Sealer } from './ports.ts';
import { projectController } from './project-reconciler.ts';
import { environmentRules, pipelineRules, projectRules } from './project-rules.ts';
import { type SecretRetention, secretRetentionController } from './secret-retention.ts';
import { secretRules, secretVersionRules } from './secret-rules.ts';

export { createComponent } from './create-component.ts';
export { defaultObjects } from './default-objects.ts';
export type { Sealer } from './ports.ts';
export function registerCatalog(registry: KindRegistry, { sealer }: { sealer: Sealer }): void {
  const register = <K extends Kind>(kind: K, rules: unknown): void => registry.register(kind, rules as AdmissionRules<ResourceOf<K>>);
  register(Project, projectRules);
  register(Component, componentRules);
  for (const kind of [Workload, Service, WebApplication, ScheduledTask]) register(kind, ownedRules);
  register(Environment, environmentRules);
  register(DeploymentPipeline, pipelineRules);
  register(ConfigurationGroup, configurationGroupRules);
  register(Secret, secretRules(sealer));
  register(SecretVersion, secretVersionRules);
}

export const catalogControllers = ({ secrets }: { secrets: SecretRetention }): Controller[] =>
  [componentController(), projectController(), secretRetentionController(secrets)] as unknown as Controller[];
