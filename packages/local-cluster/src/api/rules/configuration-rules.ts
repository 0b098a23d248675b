import { ConfigMap, type ConfigMapFields, Secret, type SecretFields } from '@fairway/contracts/builtin';
import type { AdmissionRules, FieldProblem, Resource } from '@fairway/resources/model';
import { fieldForbidden, fieldInvalid, immutable, invalidObject, sameJson } from './field-problem.ts';

type ConfigMapObject = Resource<never, never> & ConfigMapFields;
type SecretObject = Resource<never, never> & SecretFields;

// Kubernetes' own limit of a Secret or a ConfigMap.
const maxDataBytes = 1_048_576;

const keyName = /^[-._a-zA-Z0-9]+$/;
const keyProblems = (field: string, data: Record<string, string> = {}): FieldProblem[] =>
  Object.keys(data)
    .filter((key) => !keyName.test(key) || key.length > 253 || key === '.' || key === '..')
    .map((key) => fieldInvalid(`${field}[${key}]`, key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"));

const sizeProblems = (...parts: readonly (Record<string, string> | undefined)[]): FieldProblem[] => {
  const size = parts.flatMap((part) => Object.values(part ?? {})).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  return size <= maxDataBytes
    ? []
    : [{ field: 'data', type: 'FieldValueTooLong', message: `Too long: may not be more than ${maxDataBytes} bytes` }];
};

const frozenProblems = (before: object | undefined, after: object): FieldProblem[] => {
  const was = before as (ConfigMapFields & SecretFields) | undefined;
  const is = after as ConfigMapFields & SecretFields;
  if (was?.immutable !== true) return [];
  return [
    ...(is.immutable === true ? [] : [fieldForbidden('immutable', 'field is immutable when `immutable` is set')]),
    ...(sameJson(was.data, is.data) ? [] : [fieldForbidden('data', 'field is immutable when `immutable` is set')]),
    ...(sameJson(was.binaryData, is.binaryData) ? [] : [fieldForbidden('binaryData', 'field is immutable when `immutable` is set')]),
  ];
};

export const configMapRules: AdmissionRules<Resource<never, never>> = {
  audited: false,
  admit({ object, old, operation }) {
    if (operation === 'delete') return undefined;
    const { data, binaryData } = object as ConfigMapObject;
    const fields = [...frozenProblems(old, object), ...keyProblems('data', data), ...keyProblems('binaryData', binaryData)];
    const refuse = invalidObject(ConfigMap, object, [...fields, ...sizeProblems(data, binaryData)]);
    return refuse === undefined ? undefined : { refuse };
  },
};

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** `stringData` is for writing only: it goes into `data` and is never stored. */
const encoded = (object: Resource<never, never>): Resource<never, never> => {
  const { stringData, ...rest } = object as SecretObject;
  if (stringData === undefined) return object;
  const written = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
  const filled: SecretObject = { ...rest, data: { ...rest.data, ...Object.fromEntries(written) } };
  return filled;
};

const valueProblems = (data: Record<string, string> = {}): FieldProblem[] =>
  Object.entries(data)
    .filter(([, value]) => value.length % 4 !== 0 || !base64.test(value))
    // The value itself is not shown: it may be a secret that was meant for stringData.
    .map(([key]) => ({
      field: `data[${key}]`,
      type: 'FieldValueInvalid',
      message: 'Invalid value: not base64; use stringData for plain text',
    }));

export const secretRules: AdmissionRules<Resource<never, never>> = {
  audited: false,
  default: encoded,
  admit({ object, old, operation }) {
    if (operation === 'delete') return undefined;
    const { data, type } = object as SecretObject;
    const before = old as SecretObject | undefined;
    const refuse = invalidObject(Secret, object, [
      ...frozenProblems(before, object),
      ...(before === undefined ? [] : immutable('type', before.type, type)),
      ...keyProblems('data', data),
      ...valueProblems(data),
      ...sizeProblems(data),
    ]);
    return refuse === undefined ? undefined : { refuse };
  },
};
