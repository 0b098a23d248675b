import type { FieldProblem } from '@fairway/resources/model';

// A definition with a thousand mistakes is answered with the first hundred, as every object is.
const maxProblems = 100;

const quoted = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'null';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
};

/** Collects what is wrong by path, in the words of Kubernetes' field errors. */
export interface FieldReport {
  readonly problems: readonly FieldProblem[];
  add(problem: FieldProblem): void;
  required(field: string, why?: string): void;
  invalid(field: string, value: unknown, why: string): void;
  forbidden(field: string, why: string): void;
  duplicate(field: string, value: unknown): void;
  notSupported(field: string, value: unknown, supported: readonly string[]): void;
}

export function createFieldReport(): FieldReport {
  const problems: FieldProblem[] = [];
  const take = (problem: FieldProblem): void => {
    if (problems.length < maxProblems) problems.push(problem);
  };
  const add = (field: string, type: FieldProblem['type'], message: string): void => take({ field, type, message });
  return {
    problems,
    add: take,
    required: (field, why = '') => add(field, 'FieldValueRequired', why === '' ? 'Required value' : `Required value: ${why}`),
    invalid: (field, value, why) => add(field, 'FieldValueInvalid', `Invalid value: ${quoted(value)}: ${why}`),
    forbidden: (field, why) => add(field, 'FieldValueForbidden', `Forbidden: ${why}`),
    duplicate: (field, value) => add(field, 'FieldValueDuplicate', `Duplicate value: ${quoted(value)}`),
    notSupported: (field, value, supported) =>
      add(field, 'FieldValueNotSupported', `Unsupported value: ${quoted(value)}: supported values: ${supported.map(quoted).join(', ')}`),
  };
}
