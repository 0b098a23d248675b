import { type FieldProblem, invalid, type Kind, type Problem, type Resource } from '@fairway/resources/model';

/** Broken rules in Kubernetes' words. */
export const fieldRequired = (field: string, message = ''): FieldProblem => ({
  field,
  type: 'FieldValueRequired',
  message: message === '' ? 'Required value' : `Required value: ${message}`,
});

const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'null'));

export const fieldInvalid = (field: string, value: unknown, message: string): FieldProblem => ({
  field,
  type: 'FieldValueInvalid',
  message: `Invalid value: ${shown(value)}: ${message}`,
});

export const fieldForbidden = (field: string, message: string): FieldProblem => ({
  field,
  type: 'FieldValueForbidden',
  message: `Forbidden: ${message}`,
});

export const fieldNotSupported = (field: string, value: unknown, supported: readonly string[]): FieldProblem => ({
  field,
  type: 'FieldValueNotSupported',
  message: `Unsupported value: ${shown(value)}: supported values: ${supported.map((word) => JSON.stringify(word)).join(', ')}`,
});

export const fieldDuplicate = (field: string, value: unknown): FieldProblem => ({
  field,
  type: 'FieldValueDuplicate',
  message: `Duplicate value: ${shown(value)}`,
});

/** One Problem of all broken rules of an object; undefined when there is none. */
export const invalidObject = (kind: Kind, object: Resource, fields: readonly FieldProblem[]): Problem | undefined =>
  fields.length === 0
    ? undefined
    : invalid(
        `${kind.kind} "${object.metadata.name}" is invalid: ${fields.map(({ field, message }) => `${field}: ${message}`).join('; ')}`,
        fields,
        {
          kind: kind.kind,
          group: kind.group,
          name: object.metadata.name,
        },
      );

/** True when two JSON values are the same, whatever the order of their keys. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => sameJson(left[key], right[key]));
};

export const immutable = (field: string, before: unknown, after: unknown): FieldProblem[] =>
  sameJson(before, after) ? [] : [fieldInvalid(field, after, 'field is immutable')];
