import type { CallEstimate, EstimatedCall, Operand } from './operand.ts';
import { exactly, plus, type Range, smaller, times, timesFactor, unknownSize } from './range.ts';

const perCharacter = 0.1;
const perPatternCharacter = 0.25;

const sizeOf = ({ size }: Operand): Range => size ?? unknownSize;
const unit: CallEstimate = { cost: exactly(1) };

type Rule = (call: EstimatedCall) => CallEstimate | undefined;

/** A pass over an argument. How much larger the result may be is what its text may grow by. */
const pass =
  (resultOf?: (size: Range) => Range): Rule =>
  ({ args: [arg], target }) => {
    if (arg === undefined || target !== undefined) return undefined;
    const size = sizeOf(arg);
    return { cost: timesFactor(size, perCharacter), ...(resultOf === undefined ? {} : { size: resultOf(size) }) };
  };

const partAtEnd: Rule = ({ args: [part] }) => (part === undefined ? undefined : { cost: timesFactor(sizeOf(part), perCharacter) });
const formatting: Rule = ({ target }) => (target === undefined ? undefined : { cost: timesFactor(sizeOf(target), perCharacter) });
const membership: Rule = ({ args: [, list] }) => (list === undefined ? undefined : { cost: timesFactor(sizeOf(list), 1) });

const matching: Rule = ({ target, args: [pattern] }) => {
  if (target === undefined || pattern === undefined) return undefined;
  const text = timesFactor(plus(sizeOf(target), exactly(1)), perCharacter);
  return { cost: times(text, timesFactor(sizeOf(pattern), perPatternCharacter)) };
};

const containing: Rule = ({ target, args: [part] }) => {
  if (target === undefined || part === undefined) return undefined;
  return { cost: times(timesFactor(sizeOf(target), perCharacter), timesFactor(sizeOf(part), perCharacter)) };
};

const adding =
  (isList: boolean): Rule =>
  ({ args: [one, other] }) => {
    if (one === undefined || other === undefined) return undefined;
    const size = plus(sizeOf(one), sizeOf(other));
    return { cost: isList ? exactly(1) : timesFactor(size, perCharacter), size };
  };

const comparing: Rule = ({ args: [one, other] }) => {
  if (one === undefined || other === undefined) return undefined;
  const max = smaller(sizeOf(one).max, sizeOf(other).max);
  return { cost: timesFactor({ min: max > 0n ? 1n : 0n, max }, perCharacter) };
};

const byOverload: Readonly<Record<string, Rule>> = {
  string_format: formatting,
  string_to_bytes: pass(({ min, max }) => times({ min, max }, { min: 1n, max: 4n })),
  bytes_to_string: pass(({ min, max }) => ({ min: min / 4n, max })),
  strings_quote: pass((size) => plus(times(size, { min: 1n, max: 2n }), exactly(2))),
  starts_with_string: partAtEnd,
  ends_with_string: partAtEnd,
  in_list: membership,
  matches_string: matching,
  contains_string: containing,
  add_string: adding(false),
  add_bytes: adding(false),
  add_list: adding(true),
  equals: comparing,
  not_equals: comparing,
  ...Object.fromEntries(
    ['less', 'greater', 'less_equals', 'greater_equals'].flatMap((prefix) => [
      [`${prefix}_string`, comparing],
      [`${prefix}_bytes`, comparing],
    ]),
  ),
};

/** cel-go's own rules; every other call costs 1. */
export function estimateOrdinaryCall(call: EstimatedCall): CallEstimate {
  return (Object.hasOwn(byOverload, call.overloadId) ? byOverload[call.overloadId]?.(call) : undefined) ?? unit;
}
