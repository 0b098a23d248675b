import { type CallEstimate, type EstimatedCall, literalOf, type Operand } from './operand.ts';
import { exactly, plus, type Range, times, timesFactor, unknownSize } from './range.ts';

const newList = 10;
const perCharacter = 0.1;

type Rule = (call: EstimatedCall) => CallEstimate | undefined;

const sizeOf = ({ sizeAt }: EstimatedCall, operand: Operand): Range => operand.size ?? sizeAt(operand) ?? unknownSize;

function newListOf(size: Range, factor: number): CallEstimate {
  return { cost: plus(timesFactor(size, factor), exactly(1), exactly(newList)), size };
}

function countOf(operand: Operand, otherwise: bigint): bigint {
  const count = literalOf(operand) ?? otherwise;
  return count < 0n ? 0n : count;
}

const ofSets =
  (factor: number): Rule =>
  (call) => {
    const [one, other] = call.args;
    if (one === undefined || other === undefined) return undefined;
    return { cost: plus(timesFactor(times(sizeOf(call, one), sizeOf(call, other)), factor), exactly(1)) };
  };

const slicing: Rule = (call) => {
  const [from, to] = call.args;
  if (call.target === undefined || from === undefined || to === undefined) return undefined;
  const length = countOf(to, sizeOf(call, call.target).max) - countOf(from, 0n);
  return newListOf(exactly(BigInt.asUintN(64, length)), 1);
};

const flattening: Rule = (call) => {
  if (call.target === undefined) return undefined;
  const [depth] = call.args;
  return newListOf(sizeOf(call, call.target), depth === undefined ? 1 : Number(countOf(depth, unknownSize.max)));
};

const ranging: Rule = ({ args: [count] }) => (count === undefined ? undefined : newListOf(exactly(countOf(count, unknownSize.max)), 1));

const selfComparing =
  (of: 'target' | 'argument', isText: boolean): Rule =>
  (call) => {
    const operand = of === 'target' ? call.target : call.args[0];
    if (operand === undefined) return undefined;
    const size = sizeOf(call, operand);
    return newListOf(times(size, size), isText ? 2 + perCharacter : 2);
  };

const byOverload: Readonly<Record<string, Rule>> = {
  list_sets_contains_list: ofSets(1),
  list_sets_intersects_list: ofSets(1),
  list_sets_equivalent_list: ofSets(2),
  list_slice: slicing,
  list_flatten: flattening,
  list_flatten_int: flattening,
  lists_range: ranging,
  list_reverse: (call) => (call.target === undefined ? undefined : newListOf(sizeOf(call, call.target), 1)),
  list_distinct: selfComparing('target', false),
};

/** Rules of cel-go's extensions, which come before all others; undefined where there is none. */
export function estimateExtensionCall(call: EstimatedCall): CallEstimate | undefined {
  const { overloadId } = call;
  if (Object.hasOwn(byOverload, overloadId)) return byOverload[overloadId]?.(call);
  const [, type, byKeys] = /^list_(.+)_sort(ByAssociatedKeys)?$/.exec(overloadId) ?? [];
  if (type === undefined) return undefined;
  return selfComparing(byKeys === undefined ? 'target' : 'argument', type === 'string' || type === 'bytes')(call);
}
