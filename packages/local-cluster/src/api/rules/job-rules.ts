import { CronJob, Job, type JobSpec } from '@fairway/contracts/builtin';
import type { AdmissionRules, FieldProblem, ResourceOf } from '@fairway/resources/model';
import { isTimeZone, jobLabels, noBackoffLimit, parseCronSchedule } from '../../controllers/index.ts';
import { fieldInvalid, fieldRequired, immutable, invalidObject } from './field-problem.ts';
import { templateProblems } from './pod-template-rules.ts';

type JobObject = ResourceOf<typeof Job>;
type CronJobObject = ResourceOf<typeof CronJob>;

/** One pod once, unless the job says otherwise; parallelism without completions is a queue of work. */
const filledSpec = (spec: JobSpec): JobSpec => ({
  ...spec,
  parallelism: spec.parallelism ?? 1,
  backoffLimit: spec.backoffLimit ?? (spec.backoffLimitPerIndex === undefined ? 6 : noBackoffLimit),
  ...(spec.completions === undefined && spec.parallelism === undefined ? { completions: 1 } : {}),
});

/** What only a job with numbers has. */
function indexProblems(spec: JobSpec, path: string): FieldProblem[] {
  const { completionMode, completions, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (completionMode === 'Indexed')
    return completions === undefined ? [fieldRequired(`${path}.completions`, 'when completion mode is Indexed')] : [];
  const only = (field: string, value: number | undefined): FieldProblem[] =>
    value === undefined ? [] : [fieldInvalid(`${path}.${field}`, value, 'requires indexed completion mode')];
  return [...only('backoffLimitPerIndex', backoffLimitPerIndex), ...only('maxFailedIndexes', maxFailedIndexes)];
}

function policyProblems({ podFailurePolicy, backoffLimitPerIndex, template }: JobSpec, path: string): FieldProblem[] {
  if (podFailurePolicy === undefined) return [];
  const { restartPolicy } = template.spec;
  const wrongRestart = `only "Never" is supported when podFailurePolicy is specified`;
  return [
    ...(restartPolicy === 'Never' ? [] : [fieldInvalid(`${path}.template.spec.restartPolicy`, restartPolicy, wrongRestart)]),
    ...podFailurePolicy.rules.flatMap(({ action, onExitCodes, onPodConditions }, index) => {
      const rule = `${path}.podFailurePolicy.rules[${index}]`;
      const isEither = (onExitCodes === undefined) !== (onPodConditions === undefined);
      return [
        ...(isEither ? [] : [fieldInvalid(rule, action, 'specifying one of OnExitCodes and OnPodConditions is required')]),
        ...(action === 'FailIndex' && backoffLimitPerIndex === undefined
          ? [fieldInvalid(`${rule}.action`, action, 'requires the backoffLimitPerIndex to be set')]
          : []),
      ];
    }),
  ];
}

const jobProblems = (spec: JobSpec, path: string): FieldProblem[] => [
  ...templateProblems(spec.template, `${path}.template`, ['OnFailure', 'Never']),
  ...indexProblems(spec, path),
  ...policyProblems(spec, path),
];

const jobImmutable = (before: JobSpec | undefined, after: JobSpec): FieldProblem[] => [
  ...immutable('spec.completions', before?.completions, after.completions),
  ...immutable('spec.selector', before?.selector, after.selector),
  ...immutable('spec.template', before?.template, after.template),
  ...immutable('spec.completionMode', before?.completionMode, after.completionMode),
];

/** A job selects its own pods by its uid, unless its author has chosen the selector. */
const selecting = (object: JobObject, spec: JobSpec): JobObject => {
  const { name, uid } = object.metadata;
  if (spec.manualSelector === true || uid === undefined) return object;
  const { metadata } = spec.template;
  const labels = jobLabels(name, uid);
  return {
    ...object,
    spec: {
      ...spec,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      template: { ...spec.template, metadata: { ...metadata, labels: { ...metadata?.labels, ...labels } } },
    },
  };
};

export const jobRules: AdmissionRules<JobObject> = {
  audited: false,
  default: (object) => (object.spec === undefined ? object : { ...object, spec: filledSpec(object.spec) }),
  admit({ object, old, operation, subresource }) {
    if (operation === 'delete' || subresource !== undefined || object.spec === undefined) return undefined;
    const fields = [...jobProblems(object.spec, 'spec'), ...(old === undefined ? [] : jobImmutable(old.spec, object.spec))];
    const refuse = invalidObject(Job, object, fields);
    if (refuse !== undefined) return { refuse };
    return operation === 'create' ? { object: selecting(object, object.spec) } : undefined;
  },
};

// A job's name adds a dash and the minutes since 1970.
const maxCronNameChars = 52;

const scheduleProblems = (schedule: string, timeZone: string | undefined): FieldProblem[] => {
  if (timeZone !== undefined && !isTimeZone(timeZone)) return [fieldInvalid('spec.timeZone', timeZone, `unknown time zone ${timeZone}`)];
  try {
    parseCronSchedule(schedule, timeZone);
    return [];
  } catch (error) {
    return [fieldInvalid('spec.schedule', schedule, error instanceof Error ? error.message : 'unreadable')];
  }
};

export const cronJobRules: AdmissionRules<CronJobObject> = {
  audited: false,
  default(object) {
    const { spec } = object;
    if (spec === undefined) return object;
    return { ...object, spec: { ...spec, jobTemplate: { ...spec.jobTemplate, spec: filledSpec(spec.jobTemplate.spec) } } };
  },
  admit({ object, operation, subresource }) {
    if (operation === 'delete' || subresource !== undefined || object.spec === undefined) return undefined;
    const { name } = object.metadata;
    const refuse = invalidObject(CronJob, object, [
      ...(name.length > maxCronNameChars
        ? [fieldInvalid('metadata.name', name, `must be no more than ${maxCronNameChars} characters`)]
        : []),
      ...scheduleProblems(object.spec.schedule, object.spec.timeZone),
      ...jobProblems(object.spec.jobTemplate.spec, 'spec.jobTemplate.spec'),
    ]);
    return refuse === undefined ? undefined : { refuse };
  },
};
