import { Deployment, ReplicaSet } from '@fairway/contracts/builtin';
import type { AdmissionRules, FieldProblem, ResourceOf } from '@fairway/resources/model';
import { fieldForbidden, fieldInvalid, immutable, invalidObject } from './field-problem.ts';
import { selectorProblems, templateProblems } from './pod-template-rules.ts';

type DeploymentObject = ResourceOf<typeof Deployment>;

const defaultBound = '25%';

/** Kubernetes' defaults that hang on another field. */
const defaultDeployment = (object: DeploymentObject): DeploymentObject => {
  const { spec } = object;
  if (spec === undefined || (spec.strategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') return object;
  const { rollingUpdate } = spec.strategy ?? {};
  if (rollingUpdate?.maxSurge !== undefined && rollingUpdate.maxUnavailable !== undefined) return object;
  const filled = { maxSurge: defaultBound, maxUnavailable: defaultBound, ...rollingUpdate };
  return { ...object, spec: { ...spec, strategy: { type: 'RollingUpdate', rollingUpdate: filled } } };
};

const isNone = (value: number | string | undefined): boolean => value === 0 || value === '0%' || value === '0';

const boundProblems = (field: string, value: number | string | undefined): FieldProblem[] => {
  if (typeof value === 'number') return value >= 0 ? [] : [fieldInvalid(field, value, 'must be greater than or equal to 0')];
  if (value === undefined || /^\d+%$/.test(value)) return [];
  return [fieldInvalid(field, value, "must be an integer or a percentage, e.g. '5%'")];
};

function strategyProblems({ spec }: DeploymentObject): FieldProblem[] {
  const { type, rollingUpdate } = spec?.strategy ?? {};
  const path = 'spec.strategy.rollingUpdate';
  if (type === 'Recreate') {
    return rollingUpdate === undefined ? [] : [fieldForbidden(path, "may not be specified when strategy `type` is 'Recreate'")];
  }
  const { maxSurge, maxUnavailable } = rollingUpdate ?? {};
  const stuck = isNone(maxSurge) && isNone(maxUnavailable);
  return [
    ...boundProblems(`${path}.maxSurge`, maxSurge),
    ...boundProblems(`${path}.maxUnavailable`, maxUnavailable),
    ...(stuck ? [fieldInvalid(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')] : []),
  ];
}

const deadlineProblems = ({ spec }: DeploymentObject): FieldProblem[] => {
  const deadline = spec?.progressDeadlineSeconds ?? 600;
  return deadline > (spec?.minReadySeconds ?? 0)
    ? []
    : [fieldInvalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')];
};

export const deploymentRules: AdmissionRules<DeploymentObject> = {
  audited: false,
  default: defaultDeployment,
  admit({ object, old, operation, subresource }) {
    if (operation === 'delete' || subresource !== undefined || object.spec === undefined) return undefined;
    const { selector, template } = object.spec;
    const refuse = invalidObject(Deployment, object, [
      ...(old === undefined ? [] : immutable('spec.selector', old.spec?.selector, selector)),
      ...selectorProblems(selector, template),
      ...templateProblems(template, 'spec.template', ['Always']),
      ...strategyProblems(object),
      ...deadlineProblems(object),
    ]);
    return refuse === undefined ? undefined : { refuse };
  },
};

export const replicaSetRules: AdmissionRules<ResourceOf<typeof ReplicaSet>> = {
  audited: false,
  admit({ object, old, operation, subresource }) {
    if (operation === 'delete' || subresource !== undefined || object.spec === undefined) return undefined;
    const { selector, template } = object.spec;
    const refuse = invalidObject(ReplicaSet, object, [
      ...(old === undefined ? [] : immutable('spec.selector', old.spec?.selector, selector)),
      ...selectorProblems(selector, template),
      ...templateProblems(template, 'spec.template', ['Always']),
    ]);
    return refuse === undefined ? undefined : { refuse };
  },
};
