import { dataPlaneLabels } from '../labels.ts';
import { cronJobName, namespaceName } from './names.ts';
import { mergePodTemplate, renderContainers } from './render-containers.ts';
import { asObject, podTemplate } from './render-deployment.ts';
import { InvalidConfiguration, type RenderedResource, type RenderInput } from './render-input.ts';
import { strategicMerge } from './strategic-merge.ts';

/** The schedule of the workload wins over the one of the class. */
export function renderCronJob(input: RenderInput): RenderedResource {
  const labels = dataPlaneLabels(input.scope);
  const { jobTemplate, ...rest } = asObject(input.classSpec.cronJobTemplate);
  const job = asObject(jobTemplate);
  const jobSpec = asObject(job.spec);
  const schedule = input.spec.workloadSpec?.schedule ?? rest.schedule;
  if (typeof schedule !== 'string' || schedule.trim() === '') {
    throw new InvalidConfiguration(
      `The task has no schedule: add "schedule" to its workload or a cronJobTemplate.schedule to ScheduledTaskClass "${input.spec.className}".`,
    );
  }
  const pod = strategicMerge(podTemplate(input), { spec: { restartPolicy: 'OnFailure' } });
  const template = mergePodTemplate(asObject(jobSpec.template), pod, renderContainers(input));
  return {
    id: `${input.binding}-cronjob`,
    object: {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: cronJobName(input.binding), namespace: namespaceName(input.scope), labels },
      spec: {
        ...rest,
        schedule,
        suspend: input.spec.releaseState === 'Suspend' || rest.suspend === true,
        jobTemplate: strategicMerge(job, { metadata: { labels }, spec: { template } }),
      },
    },
  };
}
