import type { FieldProblem, Kind, Metadata, OwnerReference, Schema } from '../model/index.ts';
import { checkValue } from './check-value.ts';

const text = { type: 'string' };
const texts = { type: 'object', additionalProperties: text };
/** What the metadata of every object may hold. */
export const metadataSchema: Schema = {
  type: 'object',
  properties: {
    name: text,
    generateName: text,
    namespace: text,
    uid: text,
    resourceVersion: text,
    selfLink: text,
    generation: { type: 'integer' },
    creationTimestamp: { type: 'string', format: 'date-time' },
    deletionTimestamp: { type: 'string', format: 'date-time' },
    deletionGracePeriodSeconds: { type: 'integer' },
    labels: texts,
    annotations: texts,
    finalizers: { type: 'array', items: { type: 'string', minLength: 1, maxLength: 316 }, maxItems: 100 },
    ownerReferences: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        required: ['apiVersion', 'kind', 'name', 'uid'],
        properties: {
          apiVersion: text,
          kind: text,
          name: text,
          uid: text,
          controller: { type: 'boolean' },
          blockOwnerDeletion: { type: 'boolean' },
        },
      },
    },
    managedFields: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          manager: text,
          operation: { enum: ['Apply', 'Update'] },
          apiVersion: text,
          time: { type: 'string', format: 'date-time' },
          fieldsType: text,
          fieldsV1: { type: 'object', additionalProperties: true },
          subresource: text,
        },
      },
    },
  },
};

/** Annotations are copied with every read of the object; Kubernetes' own bound. */
const maxAnnotationBytes = 262_144;

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const qualifiedNameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const maxNameChars = 253;
// What is wrong is shown, but not a megabyte of it.
const maxShownChars = 300;

const invalid = (field: string, value: string, rule: string): FieldProblem => ({
  field,
  type: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value.slice(0, maxShownChars))}: ${rule}`,
});

/** Names that become a part of a host name are single labels; those of access rules may hold colons (`system:node`). */
const nameProblem = (kind: Kind, name: string, field: string): FieldProblem | undefined => {
  if (name.length > maxNameChars) return invalid(field, name, `must be no more than ${maxNameChars} characters`);
  if (kind.group === 'rbac.authorization.k8s.io')
    return /[/%]/.test(name) || name === '.' || name === '..'
      ? invalid(field, name, "may not contain '/' or '%' or be '.' or '..'")
      : undefined;
  if (kind.group === '' && (kind.kind === 'Namespace' || kind.kind === 'Service')) {
    if (name.length > 63) return invalid(field, name, 'must be no more than 63 characters');
    return dnsLabel.test(name) ? undefined : invalid(field, name, labelRule);
  }
  return dnsSubdomain.test(name) ? undefined : invalid(field, name, subdomainRule);
};

const keyProblem = (key: string, field: string): FieldProblem | undefined => {
  const slash = key.indexOf('/');
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (prefix !== undefined && (prefix.length > 253 || !dnsSubdomain.test(prefix)))
    return invalid(field, key, `prefix part ${subdomainRule}`);
  if (name.length > 63) return invalid(field, key, 'name part must be no more than 63 bytes');
  return qualifiedName.test(name) ? undefined : invalid(field, key, qualifiedNameRule);
};

type Report = (problem: FieldProblem | undefined) => void;

const checkLabels = (labels: Record<string, string>, report: Report): void => {
  for (const key of Object.keys(labels)) {
    const value = labels[key] ?? '';
    report(keyProblem(key, 'metadata.labels'));
    if (value.length > 63) report(invalid('metadata.labels', value, 'must be no more than 63 bytes'));
    else if (!labelValue.test(value)) report(invalid('metadata.labels', value, labelValueRule));
  }
};

const checkAnnotations = (annotations: Record<string, string>, report: Report): void => {
  let bytes = 0;
  for (const key of Object.keys(annotations)) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key] ?? '');
    report(keyProblem(key.toLowerCase(), 'metadata.annotations'));
  }
  if (bytes <= maxAnnotationBytes) return;
  const message = `Too long: may not be more than ${maxAnnotationBytes} bytes`;
  report({ field: 'metadata.annotations', type: 'FieldValueTooLong', message });
};

const checkOwners = (owners: readonly OwnerReference[], report: Report): void => {
  const field = 'metadata.ownerReferences';
  for (const owner of owners) {
    if (owner.apiVersion === '') report(invalid(`${field}.apiVersion`, '', 'version must not be empty'));
    for (const part of ['kind', 'name', 'uid'] as const)
      if (owner[part] === '') report(invalid(`${field}.${part}`, '', 'must not be empty'));
  }
  const [first, second] = owners.filter(({ controller }) => controller === true);
  if (first === undefined || second === undefined) return;
  const both = `${first.kind}/${first.name} and ${second.kind}/${second.name}`;
  const rule = `Only one reference can have Controller set to true. Found "true" in references for ${both}`;
  report({ field, type: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(owners)}: ${rule}` });
};

const namespaceProblem = (kind: Kind, namespace = ''): FieldProblem | undefined => {
  const field = 'metadata.namespace';
  if (!kind.namespaced)
    return namespace === '' ? undefined : { field, type: 'FieldValueForbidden', message: 'Forbidden: not allowed on this type' };
  if (namespace === '') return { field, type: 'FieldValueRequired', message: 'Required value' };
  return namespace.length > 63 || !dnsLabel.test(namespace) ? invalid(field, namespace, labelRule) : undefined;
};

const ruleProblems = (kind: Kind, metadata: Metadata): FieldProblem[] => {
  const { name = '', generateName = '', namespace, labels, annotations, finalizers = [], ownerReferences = [] } = metadata;
  const problems: FieldProblem[] = [];
  const report: Report = (problem) => {
    if (problem !== undefined) problems.push(problem);
  };
  if (generateName !== '') report(nameProblem(kind, generateName.replace(/[-.]+$/, ''), 'metadata.generateName'));
  if (name !== '') report(nameProblem(kind, name, 'metadata.name'));
  else if (generateName === '')
    report({ field: 'metadata.name', type: 'FieldValueRequired', message: 'Required value: name or generateName is required' });
  report(namespaceProblem(kind, namespace));
  if (labels !== undefined) checkLabels(labels, report);
  if (annotations !== undefined) checkAnnotations(annotations, report);
  checkOwners(ownerReferences, report);
  for (const finalizer of finalizers) report(keyProblem(finalizer, 'metadata.finalizers'));
  return problems;
};

/** Checks the part that all kinds share: shapes, names, labels, annotations. */
export const checkMetadata = (kind: Kind, metadata: unknown): { metadata: Metadata; problems: FieldProblem[]; unknownFields: string[] } => {
  const checked = checkValue(metadataSchema, metadata ?? {}, 'metadata');
  const checkedMetadata = checked.value as Metadata;
  const problems = checked.problems.length > 0 ? checked.problems : ruleProblems(kind, checkedMetadata);
  return { metadata: checkedMetadata, problems, unknownFields: checked.unknownFields };
};
