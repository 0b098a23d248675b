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
/** A list that holds, among others, something that matches each of these. */
export const holding = (...expected: readonly unknown[]): Matcher => ({
  wants: `a list with ${describe(expected)}`,
  holds: (value) => Array.isArray(value) && expected.every((one) => value.some((item) => mismatches(item, one).length === 0)),
});

const wholes = new WeakSet<object>();
/** Nothing but this: no object in it has a field that is not expected. */
export const exactly = <T extends object>(expected: T): T => {
  // A copy, so that the same expectation may be meant loosely elsewhere.
  const whole = (Array.isArray(expected) ? [...expected] : { ...expected }) as T;
  wholes.add(whole);
  return whole;
};

/**
 * Where a value is not what was expected, in words; none when it is. Objects may have more fields than expected, lists not more items; a RegExp is for texts.
 */
export function mismatches(actual: unknown, expected: unknown, path = '', isWhole = false): string[] {
  const differs = (): string[] => [`${path || 'the whole'}: expected ${describe(expected)}, got ${describe(actual)}`];
  if (isMatcher(expected)) return expected.holds(actual) ? [] : differs();
  if (expected instanceof RegExp) return typeof actual === 'string' && expected.test(actual) ? [] : differs();
  if (!isObject(expected)) return actual === expected ? [] : differs();
  if (!isObject(actual) || lengthOf(actual) !== lengthOf(expected)) return differs();
  const exact = isWhole || wholes.has(expected);
  const parts = Object.entries(expected).flatMap(([key, value]) => mismatches(actual[key], value, inside(path, key), exact));
  return exact ? [...parts, ...surplus(actual, expected, path)] : parts;
}

const lengthOf = (value: object): number | undefined => (Array.isArray(value) ? value.length : undefined);

const surplus = (actual: Record<string, unknown>, expected: object, path: string): string[] =>
  Object.keys(actual)
    .filter((key) => !(key in expected))
    .map((key) => `${inside(path, key)}: expected nothing, got ${describe(actual[key])}`);

const inside = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

const maxDescribed = 800;

function describe(value: unknown): string {
  if (isMatcher(value)) return value.wants;
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value, (_, part: unknown) =>
    part instanceof RegExp ? String(part) : isMatcher(part) ? `<${part.wants}>` : part,
  );
  return text.length > maxDescribed ? `${text.slice(0, maxDescribed)}…` : text;
}
