import type { FieldProblem } from '../model/index.ts';

/** More would not help anybody, and an array of a million wrong items must not become a million messages. */
const maxProblems = 100;
/** Values are quoted back to the caller; a long one is cut so that an answer stays readable. */
const maxQuotedLength = 200;

/** Collects broken rules by field path, at most 100. */
export interface ProblemCollector {
  readonly problems: FieldProblem[];
  readonly isFull: boolean;
  required(path: string): void;
  invalid(path: string, value: unknown, rule: string): void;
  wrongType(path: string, value: unknown, expected: string): void;
  notSupported(path: string, value: unknown, supported: readonly unknown[]): void;
  tooLong(path: string, limit: number): void;
  tooMany(path: string, actual: number, limit: number): void;
  /** `text`: the value as JSON. */
  duplicate(path: string, text: string): void;
  /** A rule about a value as a whole, whose parts tell more. */
  breaks(path: string, rule: string): void;
  wrongFormat(path: string, value: string, format: string): void;
}

/** Where Kubernetes says of rules about a value as a whole that they stand; the message names the value. */
const noField = '<nil>';

/** The field that a problem is about, also where its own field does not say it. */
export const subjectOf = ({ field, message }: FieldProblem): string =>
  field === noField ? (/^Invalid value: "": "(.*?)" must /.exec(message)?.[1] ?? '') : field;

const cut = (text: string): string => (text.length > maxQuotedLength ? `${text.slice(0, maxQuotedLength)}…` : text);

const quoteValue = (value: unknown): string => {
  if (typeof value === 'string') return cut(JSON.stringify(value));
  if (Array.isArray(value)) return `array of ${value.length} items`;
  if (typeof value === 'object' && value !== null) return `object of ${Object.keys(value).length} fields`;
  return String(value);
};

/** The JSON type that Kubernetes names in its messages. */
export const jsonTypeOf = (value: unknown): string => {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};

const shown = (path: string): string => (path === '' ? 'the value' : path);

class FieldProblems implements ProblemCollector {
  readonly problems: FieldProblem[] = [];

  get isFull(): boolean {
    return this.problems.length >= maxProblems;
  }

  required(path: string): void {
    this.#add(path, 'FieldValueRequired', 'Required value');
  }

  invalid(path: string, value: unknown, rule: string): void {
    this.#add(path, 'FieldValueInvalid', `Invalid value: ${quoteValue(value)}: ${shown(path)} in body ${rule}`);
  }

  wrongType(path: string, value: unknown, expected: string): void {
    const actual = JSON.stringify(jsonTypeOf(value));
    this.#add(path, 'FieldValueTypeInvalid', `Invalid value: ${actual}: ${shown(path)} in body must be of type ${expected}: ${actual}`);
  }

  notSupported(path: string, value: unknown, supported: readonly unknown[]): void {
    const words = supported.map(quoteValue).join(', ');
    this.#add(path, 'FieldValueNotSupported', `Unsupported value: ${quoteValue(value)}: supported values: ${words}`);
  }

  tooLong(path: string, limit: number): void {
    this.#add(path, 'FieldValueTooLong', `Too long: may not be more than ${limit} bytes`);
  }

  tooMany(path: string, actual: number, limit: number): void {
    this.#add(path, 'FieldValueTooMany', `Too many: ${actual}: must have at most ${limit} ${limit === 1 ? 'item' : 'items'}`);
  }

  duplicate(path: string, text: string): void {
    this.#add(path, 'FieldValueDuplicate', `Duplicate value: ${cut(text)}`);
  }

  wrongFormat(path: string, value: string, format: string): void {
    this.#add(
      path,
      'FieldValueTypeInvalid',
      `Invalid value: ${quoteValue(value)}: ${shown(path)} in body must be of type ${format}: ${quoteValue(value)}`,
    );
  }

  breaks(path: string, rule: string): void {
    this.#add(noField, 'FieldValueInvalid', `Invalid value: "": ${JSON.stringify(path)} ${rule}`);
  }

  #add(field: string, type: FieldProblem['type'], message: string): void {
    if (this.problems.length < maxProblems) this.problems.push({ field, message, type });
  }
}

/** One a check, and most find nothing: a class, because closures would be made anew each time. */
export const createProblemCollector = (): ProblemCollector => new FieldProblems();

/** All problems in one sentence, as the API server writes them: `[spec.a: Required value, spec.b: …]`. */
export const describeProblems = (problems: readonly FieldProblem[]): string => {
  const lines = problems.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  return lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`;
};
