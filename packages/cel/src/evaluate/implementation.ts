import type { FunctionDecl, Implementation, Overload } from '../library/function.ts';
import { parameterOf, type Type } from '../types/type.ts';
import { CelList, CelMap } from '../values/collection.ts';
import { isInt } from '../values/number.ts';
import { Duration, Timestamp } from '../values/time.ts';
import { CelError, noSuchCall, noSuchOverload, typeOf, type Value } from '../values/value.ts';

/** What a call does. `stopsAtError` says that arguments behind one that failed are not worked out. */
export interface CallPlan {
  run: Implementation;
  stopsAtError: boolean;
}

/** Chooses what a call does by the overloads that fit its types; when several do, by its values when it runs. */
export function planImplementation(declared: FunctionDecl, overloadIds: readonly string[]): CallPlan | undefined {
  if (declared.run !== undefined) return { run: forAll(declared, declared.run), stopsAtError: false };
  const bound = declared.overloads.filter((overload) => overload.run !== undefined);
  const chosen = overloadIds.length === 1 ? bound.find(({ id }) => id === overloadIds[0]) : undefined;
  const only = chosen ?? (bound.length === 1 ? bound[0] : undefined);
  if (only !== undefined) return { run: guarded(declared, only), stopsAtError: only.params.length > 2 || only.id === 'string_format' };
  return bound.length === 0 ? undefined : { run: dispatching(declared, bound), stopsAtError: true };
}

/** Values whose type has functions of its own in cel-go are refused without naming the function. */
const isReceiver = (value: Value): boolean => typeof value === 'string' || value instanceof Timestamp || value instanceof Duration;

function forAll({ name, accepts }: FunctionDecl, run: Implementation): Implementation {
  if (accepts === undefined) return run;
  const refusal = new CelError(`no such overload: ${name}`);
  return (first = null, ...rest) => {
    if (accepts(first)) return run(first, ...rest);
    return isReceiver(first) ? noSuchOverload : refusal;
  };
}

function guarded({ name, isUnguarded }: FunctionDecl, { params, run = () => noSuchOverload }: Overload): Implementation {
  if (isUnguarded) return run;
  const fits = fitting(params);
  return (...args) => (fits(args) ? run(...args) : noSuchCall(name, args));
}

function dispatching({ name }: FunctionDecl, bound: readonly Overload[]): Implementation {
  const candidates = bound.map(({ params, run = () => noSuchOverload }) => ({ fits: fitting(params), run }));
  return (...args) => {
    const found = candidates.find(({ fits }) => fits(args));
    return found === undefined ? noSuchCall(name, args) : found.run(...args);
  };
}

function fitting(params: readonly Type[]): (args: readonly Value[]) => boolean {
  const tests = params.map(testOf);
  return (args) => args.length === tests.length && tests.every((test, index) => test(args[index] ?? null));
}

/** Whether a value is of a type as far as can be seen: of a list only the first element is looked at. */
function testOf(type: Type): (value: Value) => boolean {
  switch (type.kind) {
    case 'dyn':
    case 'any':
    case 'param':
      return () => true;
    case 'string':
      return (value) => typeof value === 'string';
    case 'int':
      return isInt;
    case 'list':
      return listTest(testOf(parameterOf(type, 0)));
    case 'map':
      return mapTest(testOf(parameterOf(type, 0)), testOf(parameterOf(type, 1)));
    default:
      return (value) => typeOf(value).name === type.name;
  }
}

type Test = (value: Value) => boolean;

function listTest(ofElement: Test): Test {
  return (value) => {
    if (!(value instanceof CelList)) return false;
    const first = value.size === 0 ? undefined : value.get(0);
    return first === undefined || (!(first instanceof CelError) && ofElement(first));
  };
}

function mapTest(ofKey: Test, ofValue: Test): Test {
  return (value) => {
    if (!(value instanceof CelMap)) return false;
    for (const key of value.keys()) {
      const entry = value.find(key) ?? null;
      return ofKey(key) && !(entry instanceof CelError) && ofValue(entry);
    }
    return true;
  };
}
