import { struct, type Type, types } from '../types/type.ts';
import { Opaque } from '../values/collection.ts';
import { type Int, toInt } from '../values/number.ts';
import { compareText, quote } from '../values/text.ts';
import { CelError, noSuchOverload, type Result, type Value } from '../values/value.ts';
import { type FunctionDecl, method, overload } from './function.ts';

const { bool, int, string } = types;
const semverType = struct('kubernetes.Semver');

/** A version of three numbers. What it was built from does not count when it is compared. */
class Semver extends Opaque {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly (bigint | string)[];
  readonly #text: string;

  constructor(text: string, numbers: readonly [bigint, bigint, bigint], prerelease: readonly (bigint | string)[]) {
    super();
    this.#text = text;
    this.numbers = numbers;
    this.prerelease = prerelease;
  }

  get type(): Type {
    return semverType;
  }

  equals(other: Value): boolean | CelError {
    return other instanceof Semver ? this.compare(other) === 0 : noSuchOverload;
  }

  compare(other: Semver): number {
    for (const [index, number] of this.numbers.entries()) {
      const theirs = other.numbers[index] ?? 0n;
      if (number !== theirs) return number < theirs ? -1 : 1;
    }
    return comparePrereleases(this.prerelease, other.prerelease);
  }

  override toString(): string {
    return this.#text;
  }
}

/** A version before its release is older than the release. */
function comparePrereleases(one: readonly (bigint | string)[], other: readonly (bigint | string)[]): number {
  if (one.length === 0 || other.length === 0) return Math.sign(other.length - one.length);
  for (const [index, part] of one.entries()) {
    const theirs = other[index];
    if (theirs === undefined) return 1;
    const order = compareParts(part, theirs);
    if (order !== 0) return order;
  }
  return Math.sign(one.length - other.length);
}

/** Numbers come before words. */
function compareParts(one: bigint | string, other: bigint | string): number {
  if (typeof one === 'string') return typeof other === 'string' ? compareText(one, other) : 1;
  if (typeof other === 'string') return -1;
  return one < other ? -1 : one > other ? 1 : 0;
}

function parseSemver(text: string): Semver | CelError {
  if (text === '') return new CelError('Version string empty');
  const [, major = '', minor = '', rest] = /^([^.]*)\.([^.]*)\.(.*)$/s.exec(text) ?? [];
  if (rest === undefined) return new CelError('No Major.Minor.Patch elements found');
  const [, patch = '', prerelease, build] = /^([^+-]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(rest) ?? [];
  const numbers: bigint[] = [];
  for (const [name, digits] of [
    ['major', major],
    ['minor', minor],
    ['patch', patch],
  ] as const) {
    const number = parseNumber(digits, name);
    if (number instanceof CelError) return number;
    numbers.push(number);
  }
  const parts = prerelease === undefined ? [] : parsePrerelease(prerelease);
  if (parts instanceof CelError) return parts;
  const [first = 0n, second = 0n, third = 0n] = numbers;
  return checkBuild(build) ?? new Semver(text, [first, second, third], parts);
}

function parseNumber(digits: string, name: string): bigint | CelError {
  if (!/^\d*$/.test(digits)) return new CelError(`Invalid character(s) found in ${name} number ${quote(digits)}`);
  const capital = name.charAt(0).toUpperCase() + name.slice(1);
  if (/^0\d/.test(digits)) return new CelError(`${capital} number must not contain leading zeroes ${quote(digits)}`);
  return parseUint(digits);
}

function parseUint(digits: string): bigint | CelError {
  if (digits === '') return new CelError('strconv.ParseUint: parsing "": invalid syntax');
  const value = digits.length > 20 ? undefined : BigInt(digits);
  return value !== undefined && value < 2n ** 64n ? value : new CelError(`strconv.ParseUint: parsing ${quote(digits)}: value out of range`);
}

function parsePrerelease(text: string): (bigint | string)[] | CelError {
  const parts: (bigint | string)[] = [];
  for (const part of text.split('.')) {
    if (part === '') return new CelError('Prerelease is empty');
    const parsed = /^\d+$/.test(part) ? parseNumericPart(part) : part;
    if (parsed instanceof CelError) return parsed;
    if (!/^[0-9A-Za-z-]+$/.test(part)) return new CelError(`Invalid character(s) found in prerelease ${quote(part)}`);
    parts.push(parsed);
  }
  return parts;
}

const parseNumericPart = (part: string): bigint | CelError =>
  /^0\d/.test(part) ? new CelError(`Numeric PreRelease version must not contain leading zeroes ${quote(part)}`) : parseUint(part);

function checkBuild(build: string | undefined): CelError | undefined {
  for (const part of build?.split('.') ?? []) {
    if (part === '') return new CelError('Build meta data is empty');
    if (!/^[0-9A-Za-z-]+$/.test(part)) return new CelError(`Invalid character(s) found in build meta data ${quote(part)}`);
  }
  return undefined;
}

/** Reads what people write too: `v1.2`, `01.2.3`. */
function parseLoosely(text: string): Semver | CelError {
  const [major = '', minor, ...rest] = text.replace(/^v/, '').split('.');
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length === 0 ? [] : [rest.join('.')])];
  const trimmed = parts.map((part) => (part.length > 1 ? part.replace(/^0+/, '').replace(/^(?!\d)/, '0') : part));
  if (trimmed.length < 3 && /[+-]/.test(trimmed.at(-1) ?? ''))
    return new CelError('short version cannot contain PreRelease/Build meta data');
  while (trimmed.length < 3) trimmed.push('0');
  return parseSemver(trimmed.join('.'));
}

const parse = (text: Value | undefined, isLoose: Value = false): Semver | CelError =>
  isLoose === true ? parseLoosely(text as string) : parseSemver(text as string);

const compared =
  (of: (order: number) => Value) =>
  (one: Value = null, other: Value = null): Result =>
    of((one as Semver).compare(other as Semver));
const two = [semverType, semverType];

/** Numbers above the largest int wrap around, as they do in Go. */
const numberOf =
  (index: 0 | 1 | 2) =>
  (version: Value = null): Int | CelError =>
    toInt(BigInt.asIntN(64, (version as Semver).numbers[index]));

export const semvers: readonly FunctionDecl[] = [
  {
    name: 'semver',
    overloads: [
      overload('string_to_semver', [[string], semverType], (text) => parse(text)),
      overload('string_bool_to_semver', [[string, bool], semverType], (text, isLoose) => parse(text, isLoose)),
    ],
  },
  {
    name: 'isSemver',
    overloads: [
      overload('is_semver_string', [[string], bool], (text) => parse(text) instanceof Semver),
      overload('is_semver_string_bool', [[string, bool], bool], (text, isLoose) => parse(text, isLoose) instanceof Semver),
    ],
  },
  {
    name: 'isGreaterThan',
    overloads: [
      method(
        'semver_is_greater_than',
        [two, bool],
        compared((order) => order === 1),
      ),
    ],
  },
  {
    name: 'isLessThan',
    overloads: [
      method(
        'semver_is_less_than',
        [two, bool],
        compared((order) => order === -1),
      ),
    ],
  },
  {
    name: 'compareTo',
    overloads: [
      method(
        'semver_compare_to',
        [two, int],
        compared((order) => order),
      ),
    ],
  },
  ...(['major', 'minor', 'patch'] as const).map((name, index) => ({
    name,
    overloads: [method(`semver_${name}`, [[semverType], int], numberOf(index as 0 | 1 | 2))],
  })),
];
