import { Type } from '../types/type.ts';
import { CelMap } from './collection.ts';
import { spendEffort } from './effort.ts';
import { equal } from './equal.ts';
import { Double, doubleToInt, doubleToUint, isInt, toInt, Uint } from './number.ts';
import { print } from './print.ts';
import { Duration, Timestamp } from './time.ts';
import { CelError, type Result, type Value } from './value.ts';

abstract class PlainMap extends CelMap {
  equals(other: Value): boolean | CelError {
    if (!(other instanceof CelMap) || other.size !== this.size) return false;
    for (const key of this.keys()) {
      spendEffort(1);
      const theirs = other.find(key);
      const ours = this.find(key);
      if (theirs === undefined) return false;
      // Values that cannot be compared count as equal, as in cel-go.
      if (!(ours instanceof CelError) && ours !== undefined && !(theirs instanceof CelError) && equal(ours, theirs) === false) return false;
    }
    return true;
  }
}

/** A map of any keys. */
export class ValueMap extends PlainMap {
  readonly #entries = new Map<string, { key: Value; value: Value }>();

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    super();
    for (const [key, value] of entries) this.set(key, value);
  }

  get size(): number {
    return this.#entries.size;
  }

  find(key: Value): Result | undefined {
    const entry = this.#entries.get(idOf(key));
    if (entry !== undefined) return entry.value;
    for (const same of sameNumbers(key)) {
      const found = this.#entries.get(idOf(same));
      if (found !== undefined) return found.value;
    }
    return undefined;
  }

  *keys(): Generator<Value> {
    for (const { key } of this.#entries.values()) {
      spendEffort(1);
      yield key;
    }
  }

  set(key: Value, value: Value): void {
    this.#entries.set(idOf(key), { key, value });
  }

  remove(key: Value): void {
    this.#entries.delete(idOf(key));
  }

  /** Puts in what a macro gathers; a key may come only once. */
  insert(key: Value, value: Value): ValueMap | CelError {
    if (this.find(key) !== undefined) return new CelError(`insert failed: key ${print(key)} already exists`);
    this.set(key, value);
    return this;
  }
}

let objects = 0;

/** Equal for keys that are the same key, whatever their type prints. */
function idOf(key: Value): string {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key !== 'object' || key === null) return `${typeof key === 'boolean' ? 'b' : 'i'}${key}`;
  if (key instanceof Uint) return `u${key.value}`;
  if (key instanceof Double) return `d${key.value}`;
  if (key instanceof Timestamp) return `t${key.seconds}.${key.nanos}`;
  if (key instanceof Duration) return `n${key.nanos}`;
  if (key instanceof Type) return `y${key.name}`;
  // Lists and maps are no keys: nothing finds them.
  objects += 1;
  return `o${objects}`;
}

/** Keys of other number types that mean the same number. */
function sameNumbers(key: Value): Value[] {
  if (isInt(key)) return key >= 0 ? [new Uint(BigInt(key))] : [];
  if (key instanceof Uint) return keepValues(toInt(key.value));
  if (key instanceof Double && Number.isInteger(key.value)) return keepValues(doubleToInt(key.value), doubleToUint(key.value));
  return [];
}

const keepValues = (...results: Result[]): Value[] => results.filter((result): result is Value => !(result instanceof CelError));

/** An object of JSON without a schema. */
export class AdaptedMap extends PlainMap {
  readonly object: Readonly<Record<string, unknown>>;
  readonly #adapt: (item: unknown) => Value;

  constructor(object: Readonly<Record<string, unknown>>, adapt: (item: unknown) => Value) {
    super();
    this.object = object;
    this.#adapt = adapt;
  }

  get size(): number {
    return namesOf(this.object).length;
  }

  find(key: Value): Result | undefined {
    return typeof key === 'string' && Object.hasOwn(this.object, key) ? this.#adapt(this.object[key]) : undefined;
  }

  keys(): Iterable<Value> {
    return namesOf(this.object);
  }
}

/** The names of an object's fields, which are gathered anew each time. */
export function namesOf(object: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(object);
  spendEffort(names.length);
  return names;
}
