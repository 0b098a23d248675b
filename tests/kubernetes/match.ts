/** A part of an expectation that is more than a value: what it wants, and whether a value is that. */
export interface Matcher {
  wants: string;
  holds(value: unknown): boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isMatcher = (value: unknown): value is Matcher => isObject(value) && 'wants' in value && 'holds' in value;

export const absent: Matcher = { wants: 'nothing', holds: (value) => value === undefined };
export const present: Matcher = { wants: 'anything', holds: (value) => value !== undefined && value !== null };
export const that = (wants: string, holds: (value: unknown) => boolean): Matcher => ({ wants, holds });
/** Nothing but this: no object in it has a field that is not expected. */
export const exactly = (expected: unknown): Matcher => ({
  wants: `exactly ${describe(expected)}`,
  holds: (value) => mismatches(value, expected).length === 0 && hasNoMore(value, expected),
});
/** A list that holds, among others, something that matches each of these. */
export const holding = (...expected: readonly unknown[]): Matcher => ({
  wants: `a list with ${describe(expected)}`,
  holds: (value) => Array.isArray(value) && expected.every((one) => value.some((item) => mismatches(item, one).length === 0)),
});

/**
 * Where a value is not what was expected, in words; none when it is. Objects may have more fields than expected, lists not more items; a RegExp is for texts.
 */
export function mismatches(actual: unknown, expected: unknown, path = ''): string[] {
  const differs = (): string[] => [`${path || 'the whole'}: expected ${describe(expected)}, got ${describe(actual)}`];
  if (isMatcher(expected)) return expected.holds(actual) ? [] : differs();
  if (expected instanceof RegExp) return typeof actual === 'string' && expected.test(actual) ? [] : differs();
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return differs();
    return expected.flatMap((item, index) => mismatches(actual[index], item, `${path}[${index}]`));
  }
  if (!isObject(expected)) return actual === expected ? [] : differs();
  if (!isObject(actual)) return differs();
  return Object.entries(expected).flatMap(([key, value]) => mismatches(actual[key], value, path === '' ? key : `${path}.${key}`));
}

function hasNoMore(actual: unknown, expected: unknown): boolean {
  if (!isObject(actual) || !isObject(expected) || isMatcher(expected) || expected instanceof RegExp) return true;
  return Object.entries(actual).every(([key, value]) => key in expected && hasNoMore(value, expected[key]));
}

const maxDescribed = 1_500;

function describe(value: unknown): string {
  if (isMatcher(value)) return value.wants;
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value, (_, part: unknown) =>
    part instanceof RegExp ? String(part) : isMatcher(part) ? `<${part.wants}>` : part,
  );
  return text.length > maxDescribed ? `${text.slice(0, maxDescribed)}…` : text;
}
