import type { BindingStatus, ReleaseStatus } from '@fairway/contracts';
import { progressing, type Reconciled, settled } from '@fairway/resources/reconcile';
import { addressesOf } from './addresses.ts';
import { conditionOf, isApplied, observedResources } from './applied-release.ts';
import { type BindingWork, notReady, ready, type Step } from './binding-work.ts';
import { markHealthy } from './record-deployment.ts';

type ResourceStatus = NonNullable<ReleaseStatus['resources']>[number];

/** A net under the watch of the data plane; shorter than what a person waits for without wondering. */
const lookAgainMs = 10_000;

/** Copies what the release reconciler saw into `Ready`; the release that was healthy last stays named until the next one is. */
export const followHealth: Step = async (work, context, deps) => {
  const { condition, outcome } = summarize(work);
  if (condition.status === 'True') await markHealthy(work, context);
  const gateway = deps.gateway(work.scope.organization, work.scope.environment);
  const { endpoints, urls } = addressesOf(work, gateway);
  const status: Partial<BindingStatus> = {
    endpoints,
    urls,
    ...(work.record === undefined ? {} : { deploymentRecord: work.record }),
    ...(condition.status === 'True' && work.spec.componentRelease !== undefined ? { componentRelease: work.spec.componentRelease } : {}),
    ...imageOf(work),
  };
  return { stop: { outcome, status, conditions: [condition] } };
};

function imageOf({ spec }: BindingWork): { image?: string } {
  const containers = spec.workloadSpec?.containers ?? {};
  const image = (containers.main ?? Object.values(containers)[0])?.image;
  return image === undefined ? {} : { image };
}

type Summary = { condition: ReturnType<typeof ready>; outcome: Reconciled['outcome'] };

/** Nothing is called ready that was not applied: a release that its reconciler has not looked at counts as progressing. */
function summarize({ release, spec, resources }: Pick<BindingWork, 'release' | 'spec' | 'resources'>): Summary {
  const total = resources.length;
  if (total === 0) return { condition: ready('ResourcesActive', 'No resources to deploy'), outcome: settled };
  const isObserved = isApplied(release);
  const seen = observedResources(release);
  const health = resources.map(({ id }) => seen.find((each) => each.id === id));
  const count = (...states: (ResourceStatus['healthStatus'] | undefined)[]): number =>
    health.filter((each) => states.includes(each?.healthStatus)).length;
  const counts = {
    progressing: count('Progressing', 'Unknown', undefined),
    degraded: count('Degraded'),
    healthy: count('Healthy'),
    suspended: count('Suspended'),
  };
  const failure = conditionOf(release, 'Applied');
  if (failure?.status === 'False' && failure.observedGeneration === release?.metadata.generation) {
    return waitingFor('ReleaseUpdateFailed', `The data plane refused objects: ${failure.message}`);
  }
  const unreachable = conditionOf(release, 'Ready');
  if (!isObserved && unreachable?.reason === 'DataPlaneUnavailable') return waitingFor('ResourceHealthProgressing', unreachable.message);
  if (spec.releaseState === 'Suspend' && counts.suspended > 0 && counts.progressing + counts.degraded === 0) {
    return { condition: notReady('ResourcesSuspended', 'Resources suspended'), outcome: settled };
  }
  if (counts.healthy === total)
    return { condition: ready('ResourcesActive', `All ${total} resources are deployed and healthy`), outcome: settled };
  const reason = counts.degraded > 0 && counts.progressing === 0 ? 'ResourceHealthDegraded' : 'ResourceHealthProgressing';
  return waitingFor(reason, [countText(counts, total), ...causes(health)].join('. '));
}

const waitingFor = (reason: string, message: string): Summary => ({
  condition: notReady(reason, message),
  outcome: progressing(reason, message, lookAgainMs),
});

const countText = (counts: Readonly<Record<string, number>>, total: number): string =>
  `Resources status: ${Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count}/${total} ${state}`)
    .join(', ')}`;

/** Why, in the words of the data plane: an exit code with its last lines tells more than any count. */
const causes = (health: readonly (ResourceStatus | undefined)[]): string[] =>
  health.flatMap((each) =>
    each?.healthMessage === undefined || each.healthStatus === 'Healthy' ? [] : [`${each.kind} ${each.name}: ${each.healthMessage}`],
  );
