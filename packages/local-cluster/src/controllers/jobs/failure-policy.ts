import type { JobSpec } from '@fairway/contracts/builtin';
import type { PodObject } from '../pods/pod-state.ts';
import type { JobObject } from './job-state.ts';

type Rule = NonNullable<JobSpec['podFailurePolicy']>['rules'][number];

export interface Verdict {
  action: Rule['action'];
  /** Why, in Kubernetes' words; for `FailJob` alone. */
  message: string;
}

const counted: Verdict = { action: 'Count', message: '' };

/** What a rule says of a failed pod; undefined when it does not speak of it. */
function matched({ action, onExitCodes, onPodConditions = [] }: Rule, pod: PodObject, at: string): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (onExitCodes !== undefined) {
    const { containerName, operator, values } = onExitCodes;
    const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const found = all.find((container) => {
      const code = container.state?.terminated?.exitCode ?? 0;
      const isMeant = containerName === undefined || containerName === container.name;
      return isMeant && code !== 0 && values.includes(code) === (operator === 'In');
    });
    const code = found?.state?.terminated?.exitCode;
    return found === undefined
      ? undefined
      : `Container ${found.name} for pod ${name} failed with exit code ${code} matching ${action} rule at ${at}`;
  }
  const condition = onPodConditions.find(({ type, status = 'True' }) =>
    pod.status?.conditions?.some((said) => said.type === type && said.status === status),
  );
  return condition === undefined ? undefined : `Pod ${name} has condition ${condition.type} matching ${action} rule at ${at}`;
}

/** What becomes of a job for the failure of one of its pods: the first rule that fits says it. */
export function judgeFailure(job: JobObject, pod: PodObject): Verdict {
  for (const [index, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const message = matched(rule, pod, `index ${index}`);
    if (message !== undefined) return { action: rule.action, message };
  }
  return counted;
}
