import { type Expr, type ExprFactory, hiddenAccumulator, type IdentExpr, oldAccumulator } from './expr.ts';
import { MacroProblem } from './macro-problem.ts';

/** A call as it was written. `at` is where what the macro makes is told to be. */
export interface MacroCall {
  at: number;
  name: string;
  target?: Expr;
  args: readonly Expr[];
}

type Macro = (make: MacroMaker) => Expr;

const quantifiers = { all: makeAll, exists: makeExists, exists_one: makeExistsOne, existsOne: makeExistsOne };

// Kubernetes has existsOne with two variables only. By name, number of arguments, and whether it is a method.
const macros: Readonly<Record<string, Macro>> = {
  'has/1': makeHas,
  '_.map/2': (make) => makeMap(make, { transform: 1 }),
  '_.map/3': (make) => makeMap(make, { filter: 1, transform: 2 }),
  '_.filter/2': makeFilter,
  ...Object.fromEntries(
    Object.entries(quantifiers)
      .filter(([name]) => name !== 'existsOne')
      .map(([name, macro]) => [`_.${name}/2`, (make: MacroMaker) => macro(make, oneVariable(make))]),
  ),
  ...Object.fromEntries(
    Object.entries(quantifiers).map(([name, macro]) => [`_.${name}/3`, (make: MacroMaker) => macro(make, twoVariables(make))]),
  ),
  '_.transformList/3': (make) => makeTransform(make, listStep),
  '_.transformList/4': (make) => makeTransform(make, listStep),
  '_.transformMap/3': (make) => makeTransform(make, mapStep),
  '_.transformMap/4': (make) => makeTransform(make, mapStep),
  '_.transformMapEntry/3': (make) => makeTransform(make, entryStep),
  '_.transformMapEntry/4': (make) => makeTransform(make, entryStep),
  '_.optMap/2': makeOptMap,
  '_.optFlatMap/2': makeOptFlatMap,
  '_.sortBy/2': makeSortBy,
};

/** What the macro of that name makes of a call, undefined when there is none; wrong arguments throw a MacroProblem. */
export function expandMacro(factory: ExprFactory, call: MacroCall): Expr | undefined {
  const key = `${call.target === undefined ? '' : '_.'}${call.name}/${call.args.length}`;
  return Object.hasOwn(macros, key) ? macros[key]?.(new MacroMaker(factory, call)) : undefined;
}

/** Makes nodes at the place of the call. */
class MacroMaker {
  readonly factory: ExprFactory;
  readonly target: Expr;
  readonly at: number;
  readonly #args: readonly Expr[];

  constructor(factory: ExprFactory, { at, target, args }: MacroCall) {
    this.factory = factory;
    this.at = at;
    this.target = target ?? factory.literal(at, null);
    this.#args = args;
  }

  get argCount(): number {
    return this.#args.length;
  }

  arg(index: number): Expr {
    return this.#args[index] ?? this.factory.literal(this.at, null);
  }

  call(name: string, ...args: Expr[]): Expr {
    return this.factory.call(this.at, name, ...args);
  }

  method(name: string, target: Expr, ...args: Expr[]): Expr {
    return this.factory.method(this.at, name, { target, args });
  }

  literal(value: boolean | number): Expr {
    return this.factory.literal(this.at, value);
  }

  accumulator(): Expr {
    return this.factory.ident(this.at, hiddenAccumulator);
  }

  list(...elements: Expr[]): Expr {
    return this.factory.list(this.at, ...elements);
  }

  /** `condition ? yes : the accumulator as it is`. */
  only(condition: Expr | undefined, yes: Expr): Expr {
    return condition === undefined ? yes : this.call('_?_:_', condition, yes, this.accumulator());
  }

  fold(variables: Variables, parts: { initial: Expr; condition?: Expr; step: Expr; result?: Expr }): Expr {
    const { initial, condition = this.literal(true), step, result = this.accumulator() } = parts;
    return this.factory.comprehension(this.at, {
      range: this.target,
      ...variables,
      accumulator: hiddenAccumulator,
      initial,
      condition,
      step,
      result,
    });
  }

  /** `result` with a name bound to a value that is worked out once, when it is first needed. */
  bind(name: string, value: Expr, result: Expr): Expr {
    return this.factory.comprehension(this.at, {
      range: this.list(),
      variable: '#unused',
      accumulator: name,
      initial: value,
      condition: this.literal(false),
      step: this.factory.ident(this.at, name),
      result,
    });
  }
}

interface Variables {
  variable: string;
  secondVariable?: string;
}

function nameOf(arg: Expr, problem: string): IdentExpr {
  if (arg.kind !== 'ident') throw new MacroProblem(problem, arg.at);
  return arg;
}

function refuseAccumulator({ name, at }: IdentExpr): void {
  if (name === hiddenAccumulator || name === oldAccumulator)
    throw new MacroProblem('iteration variable overwrites accumulator variable', at);
}

function oneVariable(make: MacroMaker, problem = 'argument must be a simple name'): Variables {
  const ident = nameOf(make.arg(0), problem);
  refuseAccumulator(ident);
  return { variable: ident.name };
}

function twoVariables(make: MacroMaker): Variables {
  const problem = 'argument must be a simple name';
  const [first, second] = [nameOf(make.arg(0), problem), nameOf(make.arg(1), problem)];
  if (first.name === second.name) throw new MacroProblem(`duplicate variable name: ${first.name}`, second.at);
  refuseAccumulator(first);
  refuseAccumulator(second);
  return { variable: first.name, secondVariable: second.name };
}

/** The last argument. */
const predicate = (make: MacroMaker): Expr => make.arg(make.argCount - 1);

function makeHas(make: MacroMaker): Expr {
  const arg = make.arg(0);
  if (arg.kind !== 'select') throw new MacroProblem('invalid argument to has() macro', arg.at);
  return { ...make.factory.select(make.at, arg.operand, arg.field), isTest: true };
}

function makeAll(make: MacroMaker, variables: Variables): Expr {
  return make.fold(variables, {
    initial: make.literal(true),
    condition: make.call('@not_strictly_false', make.accumulator()),
    step: make.call('_&&_', make.accumulator(), predicate(make)),
  });
}

function makeExists(make: MacroMaker, variables: Variables): Expr {
  return make.fold(variables, {
    initial: make.literal(false),
    condition: make.call('@not_strictly_false', make.call('!_', make.accumulator())),
    step: make.call('_||_', make.accumulator(), predicate(make)),
  });
}

function makeExistsOne(make: MacroMaker, variables: Variables): Expr {
  return make.fold(variables, {
    initial: make.literal(0),
    step: make.only(predicate(make), make.call('_+_', make.accumulator(), make.literal(1))),
    result: make.call('_==_', make.accumulator(), make.literal(1)),
  });
}

function makeMap(make: MacroMaker, { filter, transform }: { filter?: number; transform: number }): Expr {
  const variables = oneVariable(make, 'argument is not an identifier');
  const step = make.call('_+_', make.accumulator(), make.list(make.arg(transform)));
  return make.fold(variables, { initial: make.list(), step: make.only(filter === undefined ? undefined : make.arg(filter), step) });
}

function makeFilter(make: MacroMaker): Expr {
  const variables = oneVariable(make, 'argument is not an identifier');
  const step = make.call('_+_', make.accumulator(), make.list(make.arg(0)));
  return make.fold(variables, { initial: make.list(), step: make.only(make.arg(1), step) });
}

interface Transform {
  initial(make: MacroMaker): Expr;
  step(make: MacroMaker, variable: string): Expr;
}

const listStep: Transform = {
  initial: (make) => make.list(),
  step: (make) => make.call('_+_', make.accumulator(), make.list(predicate(make))),
};
const mapStep: Transform = {
  initial: (make) => make.factory.map(make.at),
  step: (make, variable) => make.call('cel.@mapInsert', make.accumulator(), make.factory.ident(make.at, variable), predicate(make)),
};
const entryStep: Transform = {
  initial: (make) => make.factory.map(make.at),
  step: (make) => make.call('cel.@mapInsert', make.accumulator(), predicate(make)),
};

/** With four arguments the third is a filter. */
function makeTransform(make: MacroMaker, { initial, step }: Transform): Expr {
  const variables = twoVariables(make);
  const filter = make.argCount === 4 ? make.arg(2) : undefined;
  return make.fold(variables, { initial: initial(make), step: make.only(filter, step(make, variables.variable)) });
}

function makeOptMap(make: MacroMaker): Expr {
  const mapped = bindValue(make, 'optMap() variable name must be a simple identifier');
  return make.call('_?_:_', make.method('hasValue', make.target), make.call('optional.of', mapped), make.call('optional.none'));
}

function makeOptFlatMap(make: MacroMaker): Expr {
  const mapped = bindValue(make, 'optFlatMap() variable name must be a simple identifier');
  return make.call('_?_:_', make.method('hasValue', make.target), mapped, make.call('optional.none'));
}

function bindValue(make: MacroMaker, problem: string): Expr {
  const { name } = nameOf(make.arg(0), problem);
  return make.bind(name, make.method('value', make.factory.copy(make.target)), make.arg(1));
}

const sortable: ReadonlySet<Expr['kind']> = new Set(['list', 'select', 'ident', 'comprehension', 'call']);

function makeSortBy(make: MacroMaker): Expr {
  const { target } = make;
  if (!sortable.has(target.kind))
    throw new MacroProblem('sortBy can only be applied to a list, identifier, comprehension, call or select expression', target.at);
  const input = (): Expr => make.factory.ident(make.at, '@__sortBy_input__');
  const keys = make.fold(oneVariable(make, 'argument is not an identifier'), {
    initial: make.list(),
    step: make.call('_+_', make.accumulator(), make.list(make.arg(1))),
  });
  const sorted = make.method('@sortByAssociatedKeys', input(), { ...keys, range: input() } as Expr);
  return make.bind('@__sortBy_input__', target, sorted);
}
