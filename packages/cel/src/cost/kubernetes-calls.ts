import { cidrType, ipType } from '../library/address.ts';
import { quantityType } from '../library/quantity.ts';
import { urlType } from '../library/url.ts';
import { parameterOf, type Type } from '../types/type.ts';
import { type CallEstimate, type EstimatedCall, literalOf, type Operand } from './operand.ts';
import { between, either, exactly, plus, type Range, times, timesFactor, unknownSize } from './range.ts';

const perCharacter = 0.1;
const perPatternCharacter = 0.25;
const longestNamedPattern = 128;
const longestFormatName = 64;
const newList = 10;
const newObject = 40;

type Rule = (call: EstimatedCall) => CallEstimate | undefined;

const fixed =
  (cost: number): Rule =>
  () => ({ cost: exactly(cost) });

const sizeOf = ({ sizeAt }: EstimatedCall, operand: Operand): Range => operand.size ?? sizeAt(operand) ?? unknownSize;

/** A pass over the target, or over the first argument of a function; the result is as large when that is said. */
const pass =
  (of: 'target' | 'argument', passes: number, keepsSize = false): Rule =>
  (call) => {
    const operand = of === 'target' ? call.target : call.args[0];
    if (operand === undefined) return undefined;
    const size = sizeOf(call, operand);
    return { cost: timesFactor(size, passes * perCharacter), ...(keepsSize ? { size } : {}) };
  };

/** What the elements of a list are; undefined for text, and where nothing is known. */
function elementOf({ type, path }: Operand): Operand | undefined {
  if (type.parameters.length === 0) return undefined;
  return { type: parameterOf(type, 0), path: path.length === 0 ? [] : [...path, '@items'] };
}

const isText = ({ kind }: Type): boolean => kind === 'string' || kind === 'bytes';

const traversal: Rule = (call) => {
  const { target } = call;
  if (target === undefined) return undefined;
  const element = elementOf(target);
  if (element === undefined) return { cost: timesFactor(sizeOf(call, target), perCharacter) };
  const each = isText(element.type) ? plus(exactly(1), timesFactor(sizeOf(call, element), perCharacter)) : exactly(1);
  return { cost: times(sizeOf(call, target), each) };
};

const replacement: Rule = (call) => {
  const [from, to] = call.args;
  if (call.target === undefined || from === undefined || to === undefined) return undefined;
  const size = sizeOf(call, call.target);
  const [fromSize, toSize] = [sizeOf(call, from), sizeOf(call, to)];
  const high = replacedAtMost(size.max, fromSize, toSize);
  const low = replacedAtLeast(size.min, fromSize, toSize);
  const grown = plus(times({ min: low.count, max: high.count }, toSize), { min: low.kept, max: high.kept });
  return { cost: timesFactor(size, 2 * perCharacter), size: grown };
};

const oneMore = (size: bigint): bigint => (size < unknownSize.max ? size + 1n : size);
const divideUp = (size: bigint, by: bigint): bigint => BigInt(Math.ceil(Number(size) / Number(by)));

function replacedAtMost(size: bigint, from: Range, to: Range): { count: bigint; kept: bigint } {
  if (from.min === 0n) return { count: oneMore(size), kept: size };
  if (to.max <= from.min) return { count: 0n, kept: size };
  return { count: divideUp(size, from.min), kept: 0n };
}

function replacedAtLeast(size: bigint, from: Range, to: Range): { count: bigint; kept: bigint } {
  if (from.max === 0n) return { count: oneMore(size), kept: size };
  if (from.max <= to.min) return { count: 0n, kept: size };
  return { count: divideUp(size, from.max), kept: 0n };
}

const splitting: Rule = (call) => {
  if (call.target === undefined) return undefined;
  const size = sizeOf(call, call.target);
  const limit = literalOf(call.args[1]);
  return { cost: timesFactor(size, 2 * perCharacter), size: between(0, limit === undefined ? size.max : BigInt.asUintN(64, limit)) };
};

const joining: Rule = (call) => {
  const { target, args } = call;
  if (target === undefined) return undefined;
  const count = sizeOf(call, target);
  const element = elementOf(target);
  const texts = element === undefined ? exactly(0) : times(count, sizeOf(call, element));
  const [separator] = args;
  const oneLess = (value: bigint): bigint => (value > 0n ? value - 1n : 0n);
  const gaps = { min: oneLess(count.min), max: oneLess(count.max) };
  const size = separator === undefined ? texts : plus(texts, times(sizeOf(call, separator), gaps));
  return { cost: timesFactor(size, perCharacter), size };
};

const searching: Rule = (call) => {
  const [pattern] = call.args;
  if (call.target === undefined || pattern === undefined) return undefined;
  const size = sizeOf(call, call.target);
  const cost = times(timesFactor(plus(size, exactly(1)), perCharacter), timesFactor(sizeOf(call, pattern), perPatternCharacter));
  return { cost, size: between(0, size.max) };
};

const addressSize = between(4, 16);

const containsIp: Rule = (call) => {
  const [other] = call.args;
  if (other === undefined) return undefined;
  const cost = timesFactor(plus(addressSize, addressSize), perCharacter);
  if (call.overloadId !== 'cidr_contains_ip_string') return { cost };
  return { cost: plus(cost, timesFactor(sizeOf(call, other), perCharacter)) };
};

const containsCidr: Rule = (call) => {
  const [other] = call.args;
  if (other === undefined) return undefined;
  const cost = plus(timesFactor(plus(addressSize, addressSize), perCharacter), timesFactor(addressSize, perCharacter), exactly(1));
  if (call.overloadId !== 'cidr_contains_cidr_string') return { cost };
  return { cost: plus(cost, timesFactor(sizeOf(call, other), perCharacter)) };
};

const validation: Rule = (call) => {
  const [text] = call.args;
  if (text === undefined) return undefined;
  const once = timesFactor(sizeOf(call, text), perCharacter);
  return { cost: timesFactor(once, longestNamedPattern * perPatternCharacter) };
};

const selecting: Rule = (call) => {
  const [selector] = call.args;
  if (selector === undefined) return undefined;
  const size = sizeOf(call, selector);
  const requirements = timesFactor(timesFactor(size, 0.5), newList + newObject);
  return { cost: plus(exactly(newList), timesFactor(size, perCharacter), requirements) };
};

const unitTypes: ReadonlySet<string> = new Set([
  ipType.name,
  cidrType.name,
  quantityType.name,
  'kubernetes.Semver',
  ...['Authorizer', 'PathCheck', 'GroupCheck', 'ResourceCheck', 'Decision'].map((name) => `kubernetes.authorization.${name}`),
]);

const equality: Rule = ({ args: [one, other] }) => {
  if (one === undefined || other === undefined || one.type.name !== other.type.name) return undefined;
  const { name } = one.type;
  if (unitTypes.has(name)) return { cost: exactly(1) };
  if (name === 'kubernetes.NamedFormat') return { cost: timesFactor(between(1, longestFormatName), perCharacter) };
  if (name !== urlType.name) return undefined;
  const size = other.size === undefined ? exactly(1) : either(other.size, other.size);
  return { cost: timesFactor(between(1, size.max), perCharacter) };
};

const byName: Readonly<Record<string, Rule>> = {
  check: fixed(350_000),
  ...forAll(
    ['serviceAccount', 'path', 'group', 'resource', 'subresource', 'namespace', 'name', 'allowed', 'reason', 'error', 'errored'],
    fixed(1),
  ),
  ...forAll(['fieldSelector', 'labelSelector'], selecting),
  ...forAll(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'], traversal),
  url: pass('argument', 1, true),
  ...forAll(['lowerAscii', 'upperAscii', 'substring', 'trim'], pass('target', 1, true)),
  replace: replacement,
  split: splitting,
  join: joining,
  ...forAll(['find', 'findAll'], searching),
  ...forAll(['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver'], pass('argument', 1)),
  ip: (call) => (call.overloadId === 'cidr_ip' ? { cost: exactly(1) } : pass('argument', 1)(call)),
  'ip.isCanonical': pass('argument', 2),
  containsIP: containsIp,
  containsCIDR: containsCidr,
  validate: validation,
  '_==_': equality,
};

function forAll(names: readonly string[], rule: Rule): Record<string, Rule> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/** Kubernetes' own rules; undefined where there is none. */
export function estimateKubernetesCall(call: EstimatedCall): CallEstimate | undefined {
  return Object.hasOwn(byName, call.name) ? byName[call.name]?.(call) : undefined;
}
