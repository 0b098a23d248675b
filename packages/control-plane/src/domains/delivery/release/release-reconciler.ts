import { Release } from '@fairway/contracts';
import { isProblem } from '@fairway/resources/model';
import { type Controller, progressing, type ReconcileContext, type Reconciled, settled, waiting } from '@fairway/resources/reconcile';
import type { ReleaseResource } from '../binding/binding-work.ts';
import { cleanupFinalizer, type Scope } from '../labels.ts';
import type { DataPlanes, HealthOf, OpenSecret } from '../ports.ts';
import { type ApplyContext, applyObjects, observe, prune } from './apply-release.ts';
import { isAllHealthy, resourceStatuses } from './release-health.ts';
import { referenceOf } from './release-objects.ts';

export interface ReleaseDependencies {
  dataPlanes: DataPlanes;
  healthOf: HealthOf;
  openSecret: OpenSecret;
}

/** Changes of the data plane wake us; these are nets under that watch. */
const settledIntervalMs = 300_000;
const progressingIntervalMs = 10_000;
const cleanupIntervalMs = 1_000;

/** Brings a data plane to what a rendered release says, again after a crash and after drift, and clears it when the release goes. */
export const releaseController = (deps: ReleaseDependencies): Controller => {
  const controller: Controller<typeof Release> = {
    name: 'delivery/release',
    kind: Release,
    finalizer: cleanupFinalizer,
    conditionStyle: 'own',
    reconcile: (release, context) => reconcileRelease(deps, release, context),
    finalize: (release, context) => finalizeRelease(deps, release, context),
  };
  return controller as unknown as Controller;
};

const scopeOf = ({ metadata, spec }: ReleaseResource): Scope => ({
  organization: metadata.namespace ?? '',
  project: spec?.owner.projectName ?? '',
  component: spec?.owner.componentName ?? '',
  environment: spec?.environmentName ?? '',
});

async function reconcileRelease(
  { dataPlanes, openSecret, healthOf }: ReleaseDependencies,
  release: ReleaseResource,
  { signal, clock }: ReconcileContext,
): Promise<Reconciled> {
  const scope = scopeOf(release);
  try {
    const plane = await dataPlanes.forEnvironment(scope.organization, scope.environment, signal);
    const apply: ApplyContext = { plane, scope, openSecret, signal };
    const refusals = await applyObjects(release, apply);
    const live = await observe(release, apply);
    const resources = resourceStatuses(release, live, { healthOf, now: clock.now() });
    const isHealthy = refusals.length === 0 && isAllHealthy(resources);
    if (refusals.length === 0) await prune(release, live, { ...apply, isHealthy });
    return answer(release, { resources, refusals, isHealthy });
  } catch (error) {
    if (!isProblem(error, 'unavailable') && !isProblem(error, 'not-found')) throw error;
    return unreachable(scope, error.message);
  }
}

function answer(
  { metadata, spec }: ReleaseResource,
  { resources, refusals, isHealthy }: { resources: unknown[]; refusals: readonly string[]; isHealthy: boolean },
): Reconciled {
  if (refusals.length > 0) {
    const message = refusals.join('; ');
    return {
      outcome: waiting('ApplyFailed', message, progressingIntervalMs),
      status: { observedGeneration: metadata.generation, resources },
      conditions: [
        { type: 'Applied', status: 'False', reason: 'ApplyFailed', message },
        { type: 'Ready', status: 'False', reason: 'ApplyFailed', message },
      ],
    };
  }
  const applied = {
    type: 'Applied',
    status: 'True',
    reason: 'ResourcesApplied',
    message: `${resources.length} objects are applied`,
  } as const;
  const againInMs =
    durationMs(isHealthy ? spec?.interval : spec?.progressingInterval) ?? (isHealthy ? settledIntervalMs : progressingIntervalMs);
  const message = isHealthy ? 'All objects are healthy' : 'Objects are on their way; status.resources tells which';
  return {
    outcome: isHealthy ? { is: 'settled', againInMs } : progressing('ResourcesProgressing', message, againInMs),
    status: { observedGeneration: metadata.generation, resources },
    conditions: [
      applied,
      { type: 'Ready', status: isHealthy ? 'True' : 'False', reason: isHealthy ? 'ResourcesHealthy' : 'ResourcesProgressing', message },
    ],
  };
}

/** What runs goes on running; what was seen last stays in status, and what was applied stays applied. */
function unreachable({ organization, environment }: Scope, why: string): Reconciled {
  const message = `The data plane of environment "${environment}" in "${organization}" cannot be reached: ${why}`;
  return {
    outcome: waiting('DataPlaneUnavailable', message, progressingIntervalMs),
    conditions: [{ type: 'Ready', status: 'Unknown', reason: 'DataPlaneUnavailable', message }],
  };
}

async function finalizeRelease(
  { dataPlanes, openSecret }: ReleaseDependencies,
  release: ReleaseResource,
  { signal }: ReconcileContext,
): Promise<Reconciled> {
  const scope = scopeOf(release);
  let plane: Awaited<ReturnType<DataPlanes['forEnvironment']>>;
  try {
    plane = await dataPlanes.forEnvironment(scope.organization, scope.environment, signal);
  } catch (error) {
    // The environment or its data plane was removed by force: nobody is left to clear, and waiting would keep this object for ever.
    if (isProblem(error, 'not-found')) return { outcome: settled };
    if (isProblem(error, 'unavailable')) return cleaning('CleanupFailed', error.message);
    throw error;
  }
  const live = await observe(release, { plane, scope, openSecret, signal });
  if (live.objects.size === 0) return { outcome: settled };
  for (const object of live.objects.values()) {
    if (object.metadata.deletionTimestamp === undefined) await plane.remove(referenceOf(object), signal);
  }
  return cleaning('CleanupInProgress', `${live.objects.size} objects are being removed from the data plane`);
}

const cleaning = (reason: string, message: string): Reconciled => ({
  outcome: progressing(reason, message, reason === 'CleanupInProgress' ? cleanupIntervalMs : progressingIntervalMs),
  conditions: [{ type: 'Finalizing', status: reason === 'CleanupInProgress' ? 'True' : 'False', reason, message }],
});

/** `5m`, `10s`, `1h`; at least one second, so that a slip of the pen is no busy loop. */
function durationMs(text: string | undefined): number | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,6})(ms|s|m|h)$/.exec(text ?? '') ?? [];
  const factor = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit];
  return factor === undefined ? undefined : Math.max(1_000, Number(amount) * factor);
}
