import { CelList } from '../values/collection.ts';
import { spendEffort } from '../values/effort.ts';
import { equal } from '../values/equal.ts';
import { fromJson } from '../values/json.ts';
import { AdaptedList } from '../values/lists.ts';
import { CelError, noSuchOverload, type Result, type Value } from '../values/value.ts';
import { escapeName } from './escape-name.ts';
import type { StructuralSchema } from './structural-schema.ts';
import { toJson } from './to-json.ts';

type Adapt = (item: unknown) => Result;

/** A list as its schema says how it is to be compared and joined: by places, as a set, or by keys. */
export function createSchemaList(items: readonly unknown[], schema: StructuralSchema, adapt: Adapt): Result {
  const type = schema['x-kubernetes-list-type'] ?? 'atomic';
  switch (type) {
    case 'atomic':
      return new SchemaList(items, adapt);
    case 'set':
      return new SetList(items, adapt);
    case 'map':
      return new KeyedList(
        items,
        adapt,
        (schema['x-kubernetes-list-map-keys'] ?? []).map((key) => escapeName(key) ?? key),
      );
    default:
      return new CelError(`invalid x-kubernetes-list-type, expected 'map', 'set' or 'atomic' but got ${type}`);
  }
}

class SchemaList extends CelList {
  readonly items: readonly unknown[];
  protected readonly adapt: Adapt;

  constructor(items: readonly unknown[], adapt: Adapt) {
    super();
    this.items = items;
    this.adapt = adapt;
  }

  get size(): number {
    return this.items.length;
  }

  get(index: number): Result {
    return this.adapt(this.items[index]);
  }

  override bare(): Value {
    return new AdaptedList(this.items, fromJson);
  }

  contains(value: Value): boolean | CelError {
    let failed: CelError | undefined;
    for (const element of this.elements()) {
      const same = element instanceof CelError ? element : equal(element, value);
      if (same === true) return true;
      if (same instanceof CelError) failed ??= same;
    }
    return failed ?? false;
  }

  equals(other: Value): boolean | CelError {
    if (!(other instanceof CelList)) return noSuchOverload;
    if (other.size !== this.size) return false;
    for (let index = 0; index < this.size; index += 1) {
      spendEffort(1);
      const same = equalResults(this.get(index), other.get(index));
      if (same !== true) return same;
    }
    return true;
  }

  plus(other: CelList): Value {
    return new SchemaList([...jsonOf(this), ...jsonOf(other)], this.adapt);
  }
}

function equalResults(one: Result, other: Result): boolean | CelError {
  if (one instanceof CelError) return one;
  return other instanceof CelError ? other : equal(one, other);
}

/** Finding an item by its key takes as long as looking at so many. */
const perItem = 5;

/** The elements of a list of any kind as JSON, to be taken into a list of a schema. */
function jsonOf(list: CelList): readonly unknown[] {
  spendEffort(list.size * perItem);
  if (list instanceof SchemaList) return list.items;
  return Array.from(list.elements(), (element) => (element instanceof CelError ? null : toJson(element)));
}

/** Scalars that are the same have the same key. */
const scalarKey = (item: unknown): string => `${typeof item}:${typeof item === 'object' ? JSON.stringify(item) : item}`;

class SetList extends SchemaList {
  override equals(other: Value): boolean | CelError {
    if (!(other instanceof CelList)) return noSuchOverload;
    if (other.size !== this.size) return false;
    const ours = new Set(this.items.map(scalarKey));
    return jsonOf(other).every((item) => ours.has(scalarKey(item)));
  }

  override plus(other: CelList): Value {
    const ours = jsonOf(this);
    const known = new Set(ours.map(scalarKey));
    const added = jsonOf(other).filter((item) => {
      const key = scalarKey(item);
      const isNew = !known.has(key);
      known.add(key);
      return isNew;
    });
    return new SetList([...ours, ...added], this.adapt);
  }
}

class KeyedList extends SchemaList {
  readonly #keys: readonly string[];

  constructor(items: readonly unknown[], adapt: Adapt, keys: readonly string[]) {
    super(items, adapt);
    this.#keys = keys;
  }

  override equals(other: Value): boolean | CelError {
    if (!(other instanceof CelList)) return noSuchOverload;
    if (other.size !== this.size) return false;
    const ours = new Map(this.items.map((item) => [this.#keyOf(item), item]));
    const theirs = jsonOf(other);
    for (const [index, item] of theirs.entries()) {
      const key = this.#keyOf(item);
      if (!ours.has(key)) return false;
      const same = equalResults(this.adapt(ours.get(key)), other.get(index));
      if (same !== true) return same;
    }
    return true;
  }

  override plus(other: CelList): Value {
    const items = [...jsonOf(this)];
    const places = new Map(items.map((item, index) => [this.#keyOf(item), index]));
    for (const item of jsonOf(other)) {
      const place = places.get(this.#keyOf(item));
      if (place === undefined) items.push(item);
      else items[place] = item;
    }
    return new KeyedList(items, this.adapt, this.#keys);
  }

  #keyOf(item: unknown): string {
    const object = typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {};
    return JSON.stringify(this.#keys.map((key) => (Object.hasOwn(object, key) ? scalarKey(object[key]) : '')));
  }
}
