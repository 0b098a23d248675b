import { CelList, CelMap, indexOrError } from '../values/collection.ts';
import { Double, isInt, Uint } from '../values/number.ts';
import { print } from '../values/print.ts';
import { CelError, CelObject, none, noSuchOverload, Optional, type Result, type Value } from '../values/value.ts';
import type { Frame, Step } from './frame.ts';
import { goTypeName } from './go-type-name.ts';

/** A field, key or index that is taken from a value. */
export interface Qualifier {
  /** Works out the key; costs only what is in it. */
  key: Step;
  /** Absence is no error: `?.` and `[?]`. */
  isOptional: boolean;
  /** Whether it is there is all that is asked, by `has()`. */
  isTest: boolean;
}

/** A value and what is taken from it: `self.items[0].name`. What is taken costs one each, the whole one more. */
export interface PathAttribute {
  kind: 'path';
  root: Step;
  qualifiers: Qualifier[];
}

/** One of two, whichever the condition says; what is taken from it is taken from the one. */
export interface ChoiceAttribute {
  kind: 'choice';
  condition: Step;
  yes: Attribute;
  no: Attribute;
}

export type Attribute = PathAttribute | ChoiceAttribute;

export function addQualifier(attribute: Attribute, qualifier: Qualifier): void {
  if (attribute.kind === 'path') attribute.qualifiers.push(qualifier);
  else {
    addQualifier(attribute.yes, qualifier);
    addQualifier(attribute.no, qualifier);
  }
}

/** The value of an attribute, with its whole cost. */
export function attributeStep(attribute: Attribute): Step {
  const resolve = resolver(attribute);
  if (attribute.kind === 'choice') return resolve;
  return (frame) => {
    const result = resolve(frame);
    frame.spend(1);
    return result;
  };
}

/** Whether the last qualifier of an attribute is there. Only what it goes through costs. */
export function presenceStep(attribute: Attribute): Step {
  const resolve = resolver(attribute);
  // A choice costs nothing by itself, and cel-go takes off here what others cost.
  const rebate = attribute.kind === 'choice' ? -1 : 0;
  return (frame) => {
    const result = resolve(frame);
    frame.spend(rebate);
    return result instanceof Optional ? result.value !== undefined : result;
  };
}

/** The value of an attribute without the cost of the whole. */
export function resolver(attribute: Attribute): Step {
  if (attribute.kind === 'choice') return choiceResolver(attribute);
  const { root, qualifiers } = attribute;
  if (qualifiers.length === 0) return (frame) => wrapOptional(root(frame));
  return (frame) => follow(frame, root(frame), qualifiers);
}

function choiceResolver({ condition, yes, no }: ChoiceAttribute): Step {
  const [ifTrue, ifFalse] = [resolver(yes), resolver(no)];
  return (frame) => {
    const chosen = condition(frame);
    if (chosen === true) return ifTrue(frame);
    if (chosen === false) return ifFalse(frame);
    return chosen instanceof CelError ? chosen : noSuchOverload;
  };
}

/** An optional that is named loses what a schema says of its value, as in cel-go. */
function wrapOptional(result: Result): Result {
  if (!(result instanceof Optional) || result.value === undefined) return result;
  const bare = bareValue(result.value);
  return bare === result.value ? result : new Optional(bare);
}

const bareValue = (value: Value): Value => (value instanceof CelObject ? value.bare() : value);

function follow(frame: Frame, root: Result, qualifiers: readonly Qualifier[]): Result {
  if (root instanceof CelError) return root;
  let value: Value = root;
  let isOptional = false;
  if (root instanceof Optional) {
    if (root.value === undefined) return root;
    value = bareValue(root.value);
    isOptional = true;
  }
  for (const qualifier of qualifiers) {
    isOptional ||= qualifier.isOptional;
    const next = isOptional ? takeIfPresent(frame, value, qualifier) : take(frame, value, qualifier);
    if (next instanceof CelError) return next;
    if (next === undefined) return none;
    value = next;
  }
  return isOptional ? new Optional(value) : value;
}

function take(frame: Frame, value: Value, { key, isTest }: Qualifier): Result {
  const wanted = key(frame);
  const found = wanted instanceof CelError ? wanted : lookUp(value, wanted);
  frame.spend(1);
  if (isTest && !(found instanceof CelError)) return found !== undefined;
  return found === undefined ? missing(value, wanted as Value) : found;
}

/** Undefined for what is not there, which costs nothing. */
function takeIfPresent(frame: Frame, value: Value, { key, isTest }: Qualifier): Result | undefined {
  const wanted = key(frame);
  const found = wanted instanceof CelError ? wanted : lookUp(value, wanted);
  if (found === undefined || found instanceof CelError) return found;
  frame.spend(1);
  return isTest ? null : found;
}

/** What a value holds under a key; undefined for nothing, also when the value can hold nothing. */
function lookUp(value: Value, key: Value): Result | undefined {
  if (value instanceof CelMap) return isKey(key) ? value.find(key) : invalidKey(key);
  if (!isKey(key)) return invalidKey(key);
  if (!(value instanceof CelList)) return undefined;
  const index = indexOrError(key);
  if (index instanceof CelError) return index;
  return index >= 0 && index < value.size ? value.get(index) : undefined;
}

/** Whether something can be looked up by a value. */
export const isKey = (key: Value): boolean =>
  typeof key === 'string' || isInt(key) || typeof key === 'boolean' || key instanceof Uint || key instanceof Double;
export const invalidKey = (key: Value): CelError => new CelError(`invalid qualifier type: ${goTypeName(key)}`);

function missing(value: Value, key: Value): CelError {
  if (value instanceof CelMap) return value.missing(key);
  return new CelError(value instanceof CelList ? `index out of bounds: ${print(key)}` : `no such key: ${print(key)}`);
}
