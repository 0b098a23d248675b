import { readTimestamp } from '../library/conversions.ts';
import { type FormatClause, FormatProblem, interpolate, wrongType } from '../library/format-clauses.ts';
import { Regex } from '../regex/regex.ts';
import { RegexProblem } from '../regex/regex-node.ts';
import { type CallExpr, type Expr, eachExpr, type ListExpr, type MapExpr, partsOf } from '../syntax/expr.ts';
import type { Issue } from '../syntax/source.ts';
import { formatType, isEquivalentType, type Kind, type Type, types, unwrapOptional } from '../types/type.ts';
import { isInRange, parseDuration, Timestamp } from '../values/time.ts';
import type { Literal } from '../values/value.ts';
import type { CheckedExpression } from './checked.ts';

/** What Kubernetes refuses of an expression whose types agree: written times, patterns and formats that are none, and mixed lists. */
export function validateLiterals(checked: CheckedExpression): Issue[] {
  const issues = [...eachExpr(checked.expr)].flatMap((expr) => (expr.kind === 'call' ? checkCall(checked, expr) : []));
  return [...issues, ...mixedAggregates(checked, checked.expr)];
}

function checkCall(checked: CheckedExpression, expr: CallExpr): Issue[] {
  const [arg] = expr.args;
  // A name may be written from the outermost container on: `.duration('1s')`.
  const name = expr.name.replace(/^\./, '');
  if (arg?.kind === 'literal' && !isAcceptable(name, arg.value)) return [{ message: `invalid ${name} argument`, at: arg.at }];
  return expr.name === 'format' ? checkFormat(checked, expr) : [];
}

/** Only the first argument is looked at: of the function `matches(text, pattern)`, as in cel-go, that is the text. */
function isAcceptable(name: string, value: Literal): boolean {
  switch (name) {
    case 'duration':
      return typeof value === 'string' && parseDuration(value) !== undefined;
    case 'timestamp':
      return typeof value === 'number' ? isInRange(value) : typeof value === 'string' && readTimestamp(value) instanceof Timestamp;
    case 'matches':
      return typeof value !== 'string' || isPattern(value);
    default:
      return true;
  }
}

function isPattern(text: string): boolean {
  try {
    return new Regex(text) !== undefined;
  } catch (error) {
    if (error instanceof RegexProblem) return false;
    throw error;
  }
}

/** Lists and maps whose elements are of different types, which only `dyn` makes possible. What is to be formatted may be mixed. */
function mixedAggregates(checked: CheckedExpression, expr: Expr): Issue[] {
  if (expr.kind === 'call' && expr.name === 'format') return [];
  const own = expr.kind === 'list' ? mixedList(checked, expr) : expr.kind === 'map' ? mixedMap(checked, expr) : [];
  return [...own, ...partsOf(expr).flatMap((part) => mixedAggregates(checked, part))];
}

const mismatch = (at: number, expected: Type, found: Type): Issue => ({
  message: `expected type '${formatType(expected)}' but found '${formatType(found)}'`,
  at,
});

function mixedList(checked: CheckedExpression, { elements, optionals }: ListExpr): Issue[] {
  const typeAt = (element: Expr, index: number): Type => {
    const type = checked.typeOf(element);
    return optionals.has(index) ? unwrapOptional(type) : type;
  };
  const [first] = elements;
  if (first === undefined) return [];
  const expected = typeAt(first, 0);
  const wrong = elements.findIndex((element, index) => !isEquivalentType(expected, typeAt(element, index)));
  const element = elements[wrong];
  return element === undefined ? [] : [mismatch(element.at, expected, typeAt(element, wrong))];
}

function mixedMap(checked: CheckedExpression, { entries }: MapExpr): Issue[] {
  const typed = entries.map(({ key, value, isOptional }) => {
    const type = checked.typeOf(value);
    return { key, value, keyType: checked.typeOf(key), valueType: isOptional ? unwrapOptional(type) : type };
  });
  const [first] = typed;
  if (first === undefined) return [];
  return typed.flatMap(({ key, value, keyType, valueType }) => [
    ...(isEquivalentType(first.keyType, keyType) ? [] : [mismatch(key.at, first.keyType, keyType)]),
    ...(isEquivalentType(first.valueType, valueType) ? [] : [mismatch(value.at, first.valueType, valueType)]),
  ]);
}

/** A format that is written out, with a list of arguments that is too. */
function checkFormat(checked: CheckedExpression, { target, args: [list], at }: CallExpr): Issue[] {
  if (target?.kind !== 'literal' || typeof target.value !== 'string' || list?.kind !== 'list') return [];
  const { elements } = list;
  let used = 0;
  try {
    interpolate(target.value, elements.length, (index, clause) => {
      used += 1;
      const element = elements[index];
      if (element !== undefined) checkArgument(checked, element, clause);
      return '';
    });
  } catch (error) {
    if (error instanceof FormatProblem) return [{ message: error.message, at: error.at ?? at }];
    throw error;
  }
  if (elements.length <= used) return [];
  return [{ message: `too many arguments supplied to string.format (expected ${used}, got ${elements.length})`, at }];
}

const textKinds: readonly Kind[] = [
  'list',
  'map',
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'timestamp',
  'bytes',
  'duration',
  'type',
  'null',
];
const kindsOf: Readonly<Record<FormatClause['verb'], readonly Kind[]>> = {
  s: textKinds,
  d: ['int', 'uint'],
  f: ['double', 'string'],
  e: ['double', 'string'],
  b: ['int', 'uint', 'bool'],
  x: ['int', 'uint', 'string', 'bytes'],
  X: ['int', 'uint', 'string', 'bytes'],
  o: ['int', 'uint'],
};

function checkArgument(checked: CheckedExpression, expr: Expr, { verb }: FormatClause): void {
  const type = checked.typeOf(expr);
  if (type !== types.dyn && !kindsOf[verb].includes(type.kind)) throw wrongType(verb, type.name, expr.at);
  if (verb !== 's' || (expr.kind !== 'list' && expr.kind !== 'map')) return;
  for (const part of partsOf(expr)) checkArgument(checked, part, { verb });
}
