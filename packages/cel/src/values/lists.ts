import { CelList } from './collection.ts';
import { CostExceeded, spendEffort } from './effort.ts';
import { equal, isEqual } from './equal.ts';
import { CelError, noSuchOverload, type Result, type Value } from './value.ts';

/** What lists that expressions make, and those of JSON without a schema, have in common. */
abstract class PlainList extends CelList {
  contains(value: Value): boolean | CelError {
    for (const element of this.elements()) if (!(element instanceof CelError) && isEqual(value, element)) return true;
    return false;
  }

  plus(other: CelList): Value {
    if (this.size === 0) return other;
    if (other.size === 0) return this;
    // Nobody could go over it, or tell its size.
    if (this.size + other.size > Number.MAX_SAFE_INTEGER) throw new CostExceeded();
    return new JoinedList(this, other);
  }

  equals(other: Value): boolean | CelError {
    if (!(other instanceof CelList) || other.size !== this.size) return false;
    for (let index = 0; index < other.size; index += 1) {
      spendEffort(1);
      const result = equalResults(this.get(index), other.get(index));
      if (result === false) return false;
      if (result instanceof CelError && this.tellsErrors) return result;
    }
    return true;
  }

  /** Whether elements that cannot be compared make the comparison fail; else they count as equal. */
  protected get tellsErrors(): boolean {
    return false;
  }
}

function equalResults(one: Result, other: Result): boolean | CelError {
  if (one instanceof CelError) return one;
  return other instanceof CelError ? false : equal(one, other);
}

export class ValueList extends PlainList {
  readonly values: readonly Value[];

  constructor(values: readonly Value[]) {
    super();
    this.values = values;
  }

  get size(): number {
    return this.values.length;
  }

  get(index: number): Value {
    return this.values[index] ?? null;
  }
}

/** Elements that become values when they are looked at. */
export class AdaptedList extends PlainList {
  readonly items: readonly unknown[];
  readonly #adapt: (item: unknown) => Value;

  constructor(items: readonly unknown[], adapt: (item: unknown) => Value) {
    super();
    this.items = items;
    this.#adapt = adapt;
  }

  get size(): number {
    return this.items.length;
  }

  get(index: number): Value {
    return this.#adapt(this.items[index]);
  }
}

/** 0, 1, 2 and so on. Takes no memory, so that its cost can be told before anybody goes over it. */
export class CountingList extends PlainList {
  readonly size: number;

  constructor(size: number) {
    super();
    this.size = size;
  }

  get(index: number): Value {
    return index;
  }
}

/** Two lists, one behind the other, without a copy: joining has to cost as little as its cost says. */
class JoinedList extends PlainList {
  readonly size: number;
  readonly #first: CelList;
  readonly #second: CelList;

  constructor(first: CelList, second: CelList) {
    super();
    this.#first = first;
    this.#second = second;
    this.size = first.size + second.size;
  }

  get(index: number): Result {
    let list: CelList = this;
    let at = index;
    let depth = 0;
    for (; list instanceof JoinedList; depth += 1) {
      const { size } = list.#first;
      const isBehind: boolean = at >= size;
      list = isBehind ? list.#second : list.#first;
      if (isBehind) at -= size;
    }
    spendEffort(depth - 1);
    return list.get(at);
  }

  override contains(value: Value): boolean | CelError {
    const first = this.#first.contains(value);
    if (first === true) return true;
    const second = this.#second.contains(value);
    return second !== true && first instanceof CelError ? first : second;
  }

  protected override get tellsErrors(): boolean {
    return true;
  }
}

/** The list that a macro gathers in. Adding to it changes it, which nobody else can see before the macro is done. */
export class GatheringList extends PlainList {
  readonly values: Value[] = [];

  get size(): number {
    return this.values.length;
  }

  get(index: number): Value {
    return this.values[index] ?? null;
  }

  override plus(other: CelList): Value {
    for (const element of other.elements()) if (!(element instanceof CelError)) this.values.push(element);
    return this;
  }

  done(): ValueList {
    return new ValueList(this.values);
  }
}

/** Two values joined by `+`, of which the first is a list. */
export const plusList = (one: CelList, other: Value): Result => (other instanceof CelList ? one.plus(other) : noSuchOverload);
