import { Regex } from '../regex/regex.ts';
import { listOf, optionalOf, struct, type Type, types } from '../types/type.ts';
import { Opaque } from '../values/collection.ts';
import { ValueList } from '../values/lists.ts';
import { parseDay } from '../values/time.ts';
import { type CelError, none, noSuchOverload, Optional, type Value } from '../values/value.ts';
import { type FunctionDecl, method, overload } from './function.ts';
import { urlProblem } from './url.ts';

const { string } = types;
const formatType = struct('kubernetes.NamedFormat');

/** A form that texts can be checked against. */
export class Format extends Opaque {
  readonly name: string;
  /** How long the expression is that stands for the check when its cost is told. */
  readonly patternSize: number;
  readonly check: (text: string) => readonly string[];

  constructor(name: string, patternSize: number, check: (text: string) => readonly string[]) {
    super();
    this.name = name;
    this.patternSize = patternSize;
    this.check = check;
  }

  get type(): Type {
    return formatType;
  }

  equals(other: Value): boolean | CelError {
    return other instanceof Format ? this.name === other.name : noSuchOverload;
  }

  override toString(): string {
    return this.name;
  }
}

interface Form {
  pattern: string;
  longest: number;
  message: string;
  examples: readonly string[];
}

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const forms = {
  label: {
    pattern: label,
    longest: 63,
    message:
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    examples: ['my-name', '123-abc'],
  },
  subdomain: {
    pattern: subdomain,
    longest: 253,
    message:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    examples: ['example.com'],
  },
  oldLabel: {
    pattern: '[a-z]([-a-z0-9]*[a-z0-9])?',
    longest: 63,
    message:
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    examples: ['my-name', 'abc-123'],
  },
  key: {
    pattern: '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]',
    longest: 63,
    message: "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    examples: ['MyName', 'my.name', '123-abc'],
  },
  value: {
    pattern: '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?',
    longest: 63,
    message:
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    examples: ['MyValue', 'my_value', '12345'],
  },
} satisfies Record<string, Form>;

/** Texts may be long, so these are not JavaScript's own expressions, which could take forever; made when they are first needed. */
const regexes = new Map<string, Regex>();

function matches({ pattern }: Form, text: string): boolean {
  const regex = regexes.get(pattern) ?? new Regex(`^(?:${pattern})$`);
  regexes.set(pattern, regex);
  return regex.test(text);
}

const tooLong = (longest: number, unit: string): string => `must be no more than ${longest} ${unit}`;

function describe({ message, pattern, examples }: Form): string {
  const named = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${named}regex used for validation is '${pattern}')`;
}

function checkForm(form: Form, text: string): string[] {
  const problems = Buffer.byteLength(text) > form.longest ? [tooLong(form.longest, form === forms.value ? 'bytes' : 'characters')] : [];
  if (!matches(form, text))
    problems.push(form === forms.label && matches(forms.subdomain, text) ? 'must not contain dots' : describe(form));
  return problems;
}

/** As the beginning of a name that is still to get its end: a last dash is no harm. */
const asPrefix = (text: string): string => (text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text);

function checkQualifiedName(text: string): string[] {
  const parts = text.split('/');
  const [name = '', prefix] = parts.reverse();
  const hint = `${describe(forms.key)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  if (parts.length > 2) return [`a valid label key ${hint}`];
  const problems: string[] = [];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined) problems.push(...checkForm(forms.subdomain, prefix).map((problem) => `prefix part ${problem}`));
  if (name === '') problems.push('name part must be non-empty');
  else if (Buffer.byteLength(name) > forms.key.longest) problems.push(`name part ${tooLong(forms.key.longest, 'bytes')}`);
  if (!matches(forms.key, name)) problems.push(`name part ${describe(forms.key)}`);
  return problems;
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

function isDateTime(text: string): boolean {
  const [day = '', time] = text.toLowerCase().split('t');
  const [, hour = '', minute = '', second = ''] = /^(\d{2}):(\d{2}):(\d{2})(?:.\d+)?(?:z|[+-]\d{2}:\d{2})$/.exec(time ?? '') ?? [];
  return parseDay(day) !== undefined && hour !== '' && hour <= '23' && minute <= '59' && second <= '59';
}

const unless = (isRight: (text: string) => boolean, problem: string) => (text: string) => (isRight(text) ? [] : [problem]);

const uriProblems = (text: string): string[] => {
  const problem = urlProblem(text);
  return problem === undefined ? [] : [problem];
};

/** By the name that `format.named()` knows. */
const formats: Readonly<Record<string, Format>> = {
  dns1123Label: new Format('DNS1123Label', 30, (text) => checkForm(forms.label, text)),
  dns1123Subdomain: new Format('DNS1123Subdomain', 60, (text) => checkForm(forms.subdomain, text)),
  dns1035Label: new Format('DNS1035Label', 30, (text) => checkForm(forms.oldLabel, text)),
  qualifiedName: new Format('QualifiedName', 60, checkQualifiedName),
  dns1123LabelPrefix: new Format('DNS1123LabelPrefix', 30, (text) => checkForm(forms.label, asPrefix(text))),
  dns1123SubdomainPrefix: new Format('DNS1123SubdomainPrefix', 60, (text) => checkForm(forms.subdomain, asPrefix(text))),
  dns1035LabelPrefix: new Format('DNS1035LabelPrefix', 30, (text) => checkForm(forms.oldLabel, asPrefix(text))),
  labelValue: new Format('LabelValue', 40, (text) => checkForm(forms.value, text)),
  uri: new Format('URI', 1103, uriProblems),
  uuid: new Format(
    'uuid',
    70,
    unless((text) => uuid.test(text), 'does not match the UUID format'),
  ),
  byte: new Format(
    'byte',
    84,
    unless((text) => base64.test(text), 'invalid base64'),
  ),
  date: new Format(
    'date',
    71,
    unless((text) => parseDay(text) !== undefined, 'invalid date'),
  ),
  datetime: new Format('datetime', 71, unless(isDateTime, 'invalid datetime')),
};

function validate(format: Format, text: string): Value {
  const problems = format.check(text);
  return problems.length === 0 ? none : new Optional(new ValueList(problems));
}

export const formatFunctions: readonly FunctionDecl[] = [
  {
    name: 'validate',
    overloads: [
      method('format-validate', [[formatType, string], optionalOf(listOf(string))], (format, text) =>
        validate(format as Format, text as string),
      ),
    ],
  },
  {
    name: 'format.named',
    overloads: [
      overload('format-named', [[string], optionalOf(formatType)], (name) => {
        const format = Object.hasOwn(formats, name as string) ? formats[name as string] : undefined;
        return format === undefined ? none : new Optional(format);
      }),
    ],
  },
  ...Object.entries(formats).map(([name, format]) => ({
    name: `format.${name}`,
    overloads: [overload(`format.${name}`, [[], formatType], () => format)],
  })),
];
