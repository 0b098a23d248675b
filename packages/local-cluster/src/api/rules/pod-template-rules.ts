import type { Container, LabelSelector, PodSpec, PodTemplateSpec } from '@fairway/contracts/builtin';
import type { FieldProblem } from '@fairway/resources/model';
import { isEmptySelector, matchesSelector } from '../../controllers/index.ts';
import { fieldDuplicate, fieldInvalid, fieldNotSupported, fieldRequired } from './field-problem.ts';

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsLabelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";

export const labelProblems = (field: string, value: string): FieldProblem[] => {
  if (value.length > 63) return [fieldInvalid(field, value, 'must be no more than 63 characters')];
  return dnsLabel.test(value) ? [] : [fieldInvalid(field, value, dnsLabelMessage)];
};

const duplicates = (path: (index: number) => string, values: readonly (string | undefined)[]): FieldProblem[] =>
  values.flatMap((value, index) => (value !== undefined && values.indexOf(value) < index ? [fieldDuplicate(path(index), value)] : []));

function containerProblems(container: Container, path: string, volumes: ReadonlySet<string>): FieldProblem[] {
  const mounts = container.volumeMounts ?? [];
  return [
    ...labelProblems(`${path}.name`, container.name),
    ...(container.image ? [] : [fieldRequired(`${path}.image`)]),
    ...duplicates(
      (index) => `${path}.ports[${index}].name`,
      (container.ports ?? []).map(({ name }) => name),
    ),
    ...mounts.flatMap(({ name }, index) =>
      volumes.has(name) ? [] : [{ ...fieldInvalid(`${path}.volumeMounts[${index}].name`, name, ''), message: `Not found: "${name}"` }],
    ),
    ...duplicates(
      (index) => `${path}.volumeMounts[${index}].mountPath`,
      mounts.map(({ mountPath }) => mountPath),
    ),
  ];
}

const isEmpty = (list: readonly unknown[] | undefined): boolean => list === undefined || list.length === 0;

/** What is wrong with a pod's spec, by field path. */
export function podSpecProblems(spec: PodSpec, path: string, restartPolicies: readonly string[]): FieldProblem[] {
  const policy = spec.restartPolicy ?? 'Always';
  const volumes = new Set((spec.volumes ?? []).map(({ name }) => name));
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  const lists = ['initContainers', 'containers'] as const;
  return [
    ...(isEmpty(spec.containers) ? [fieldRequired(`${path}.containers`)] : []),
    ...lists.flatMap((list) =>
      (spec[list] ?? []).flatMap((container, index) => containerProblems(container, `${path}.${list}[${index}]`, volumes)),
    ),
    ...duplicates(
      (index) => `${path}.containers[${index - (spec.initContainers?.length ?? 0)}].name`,
      all.map(({ name }) => name),
    ),
    ...duplicates(
      (index) => `${path}.volumes[${index}].name`,
      (spec.volumes ?? []).map(({ name }) => name),
    ),
    ...(restartPolicies.includes(policy) ? [] : [fieldNotSupported(`${path}.restartPolicy`, policy, restartPolicies)]),
  ];
}

/** What is wrong with the pods of a template, by field path. */
export const templateProblems = (template: PodTemplateSpec, path: string, restartPolicies: readonly string[]): FieldProblem[] =>
  podSpecProblems(template.spec, `${path}.spec`, restartPolicies);

/** A selector must say something and must fit the pods of its own template. */
export function selectorProblems(selector: LabelSelector, template: PodTemplateSpec, of = 'deployment'): FieldProblem[] {
  if (isEmptySelector(selector)) return [fieldInvalid('spec.selector', selector, `empty selector is invalid for ${of}`)];
  const labels = template.metadata?.labels ?? {};
  return matchesSelector(selector, labels)
    ? []
    : [fieldInvalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];
}
