import type { Outcome } from './compile.ts';
import { unescapeName } from './schema/escape-name.ts';
import { CelMap } from './values/collection.ts';
import { CelError, noSuchOverload, type Result, type Value } from './values/value.ts';

/** The value of the variable `variables`: each is worked out when it is first looked at, at most once. */
class ComposedVariables extends CelMap {
  readonly #evaluate: ReadonlyMap<string, () => Outcome>;
  readonly #known = new Map<string, Result>();

  constructor(evaluate: ReadonlyMap<string, () => Outcome>) {
    super();
    this.#evaluate = evaluate;
  }

  get size(): number {
    return this.#evaluate.size;
  }

  keys(): Iterable<Value> {
    return this.#evaluate.keys();
  }

  find(key: Value): Result | undefined {
    if (typeof key !== 'string') return noSuchOverload;
    const name = unescapeName(key);
    const evaluate = name === undefined ? undefined : this.#evaluate.get(name);
    if (name === undefined || evaluate === undefined) return undefined;
    const known = this.#known.get(name) ?? resultOf(name, evaluate());
    this.#known.set(name, known);
    return known;
  }

  equals(other: Value): boolean | CelError {
    return other instanceof ComposedVariables ? other === this : noSuchOverload;
  }
}

function resultOf(name: string, outcome: Outcome): Result {
  if (outcome.error === undefined) return outcome.value;
  return new CelError(`composited variable "${name}" fails to evaluate: ${outcome.error}`);
}

/** What to give for `variables`: for each name what runs its expression. Their costs are their own outcomes'; the caller adds them up. */
export const composeVariables = (evaluate: ReadonlyMap<string, () => Outcome>): Value => new ComposedVariables(evaluate);
