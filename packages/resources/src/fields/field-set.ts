/**
 * A set of field paths. Each step is an element of FieldsV1: `f:<field>`, `k:<keys as JSON>` or `v:<value as JSON>`.
 * `isMember`: the path that ends here belongs to the set, whatever lies below it.
 */
export interface FieldSet {
  readonly isMember: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const emptySet: FieldSet = { isMember: false, children: new Map() };
export const leaf: FieldSet = { isMember: true, children: new Map() };

/** Deeper sets cannot come from an object that the schema checker let in. */
const maxDepth = 110;

export const isEmptySet = (set: FieldSet): boolean => !set.isMember && set.children.size === 0;

/** Makes a node and leaves out children that hold nothing. */
export const node = (isMember: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet => ({
  isMember,
  children: new Map([...children].filter(([, child]) => !isEmptySet(child))),
});

const sortedKeys = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

export const keyElement = (keys: Record<string, unknown>): string => `k:${JSON.stringify(sortedKeys(keys))}`;
export const valueElement = (value: unknown): string => `v:${JSON.stringify(value)}`;

// The same few hundred names are printed again and again, and as a key each new text is looked up among all keys that there are.
const maxElements = 2_048;
const maxKeptChars = 64;
const elements = new Map<string, string>();

export const fieldElement = (name: string): string => {
  const known = elements.get(name);
  if (known !== undefined) return known;
  const element = `f:${name}`;
  if (name.length > maxKeptChars) return element;
  if (elements.size >= maxElements) elements.clear();
  elements.set(name, element);
  return element;
};

/** The same keys in another order are the same element. Unreadable elements are left out. */
const canonicalElement = (element: string): string | undefined => {
  if (element.startsWith('f:') || element.startsWith('i:')) return element;
  if (!element.startsWith('k:') && !element.startsWith('v:')) return undefined;
  try {
    return `${element.slice(0, 2)}${JSON.stringify(sortedKeys(JSON.parse(element.slice(2))))}`;
  } catch {
    return undefined;
  }
};

/** Reads FieldsV1. What cannot be read is left out: a client may send anything in its managed fields. */
export const parseFieldSet = (fieldsV1: unknown, depth = 0): FieldSet => {
  if (typeof fieldsV1 !== 'object' || fieldsV1 === null || Array.isArray(fieldsV1) || depth > maxDepth) return emptySet;
  const entries = Object.entries(fieldsV1);
  // Below the root an empty object is a leaf; one with fields is a member only if it says so with a dot.
  const isMember = depth > 0 && (entries.length === 0 || Object.hasOwn(fieldsV1, '.'));
  const children: [string, FieldSet][] = [];
  for (const [element, child] of entries) {
    const canonical = canonicalElement(element);
    if (canonical !== undefined) children.push([canonical, parseFieldSet(child, depth + 1)]);
  }
  return node(isMember, children);
};

const isMemberIn = (fieldsV1: object): boolean => Object.hasOwn(fieldsV1, '.') || Object.keys(fieldsV1).length === 0;

const below = (fieldsV1: object, element: string): object | undefined => {
  const found = Object.hasOwn(fieldsV1, element) ? (fieldsV1 as Record<string, unknown>)[element] : undefined;
  return typeof found === 'object' && found !== null ? found : undefined;
};

/** True when FieldsV1, as printed here, has a path of the set. Told without reading it into a set. */
export const hasAny = (fieldsV1: object, set: FieldSet): boolean => {
  for (const [element, child] of set.children) {
    const found = below(fieldsV1, element);
    if (found !== undefined && ((child.isMember && isMemberIn(found)) || hasAny(found, child))) return true;
  }
  return false;
};

/** True when FieldsV1, as printed here, has every path of the set. */
export const hasAll = (fieldsV1: object, set: FieldSet): boolean => {
  for (const [element, child] of set.children) {
    const found = below(fieldsV1, element);
    if (found === undefined || (child.isMember && !isMemberIn(found)) || !hasAll(found, child)) return false;
  }
  return true;
};

/** Writes FieldsV1, elements in a fixed order so that an unchanged set is an unchanged text. */
export const printFieldSet = (set: FieldSet): Record<string, unknown> => {
  const printed: Record<string, unknown> = {};
  if (set.isMember && set.children.size > 0) printed['.'] = {};
  for (const [element, child] of [...set.children].sort(([a], [b]) => (a < b ? -1 : 1))) printed[element] = printFieldSet(child);
  return printed;
};

export const union = (a: FieldSet, b: FieldSet): FieldSet => {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  const children = new Map(a.children);
  for (const [element, child] of b.children) children.set(element, union(children.get(element) ?? emptySet, child));
  return { isMember: a.isMember || b.isMember, children };
};

export const difference = (a: FieldSet, b: FieldSet): FieldSet =>
  isEmptySet(b)
    ? a
    : node(
        a.isMember && !b.isMember,
        [...a.children].map(([element, child]) => [element, difference(child, b.children.get(element) ?? emptySet)] as const),
      );

export const intersection = (a: FieldSet, b: FieldSet): FieldSet =>
  node(
    a.isMember && b.isMember,
    [...a.children].map(([element, child]) => [element, intersection(child, b.children.get(element) ?? emptySet)] as const),
  );

const shownElement = (element: string): string => {
  if (element.startsWith('f:')) return `.${element.slice(2)}`;
  if (element.startsWith('v:')) return `[=${element.slice(2)}]`;
  if (element.startsWith('i:')) return `[${element.slice(2)}]`;
  const keys = Object.entries(JSON.parse(element.slice(2)) as Record<string, unknown>);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
};

/** Member paths as people read them: `.spec.containers[name="app"].image`. */
export const pathsOf = (set: FieldSet, prefix = ''): string[] => [
  ...(set.isMember ? [prefix] : []),
  ...[...set.children].flatMap(([element, child]) => pathsOf(child, prefix + shownElement(element))),
];
