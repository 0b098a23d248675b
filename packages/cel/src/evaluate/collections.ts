import { ValueList } from '../values/lists.ts';
import { ValueMap } from '../values/maps.ts';
import { print } from '../values/print.ts';
import { CelError, Optional, type Result, type Value } from '../values/value.ts';
import type { Frame, Step } from './frame.ts';

const newList = 10;
const newMap = 30;
const newObject = 40;

/** `[a, ?b]`. */
export function listStep(elements: readonly { step: Step; isOptional: boolean }[]): Step {
  return (frame) => {
    const result = makeList(frame, elements);
    frame.spend(newList);
    return result;
  };
}

function makeList(frame: Frame, elements: readonly { step: Step; isOptional: boolean }[]): Result {
  const values: Value[] = [];
  for (const { step, isOptional } of elements) {
    const value = step(frame);
    if (value instanceof CelError) return value;
    if (!isOptional) values.push(value);
    else if (!(value instanceof Optional))
      return new CelError(`cannot initialize optional list element from non-optional value ${print(value)}`);
    else if (value.value !== undefined) values.push(value.value);
  }
  return new ValueList(values);
}

export interface MapEntryStep {
  key: Step;
  value: Step;
  isOptional: boolean;
}

/** `{k: v, ?k: v}`. */
export function mapStep(entries: readonly MapEntryStep[]): Step {
  return (frame) => {
    const result = makeMap(frame, entries);
    frame.spend(newMap);
    return result;
  };
}

function makeMap(frame: Frame, entries: readonly MapEntryStep[]): Result {
  const made = new ValueMap();
  for (const { key: keyStep, value: valueStep, isOptional } of entries) {
    const key = keyStep(frame);
    if (key instanceof CelError) return key;
    const value = valueStep(frame);
    if (value instanceof CelError) return value;
    if (!isOptional) made.set(key, value);
    else if (!(value instanceof Optional))
      return new CelError(`cannot initialize optional entry '${print(key)}' from non-optional value ${print(value)}`);
    else if (value.value === undefined) made.remove(key);
    else made.set(key, value.value);
  }
  return made;
}

/** An object of a type that is declared, which nothing can make. */
export function objectStep(typeName: string, fields: readonly Step[]): Step {
  const unknown = new CelError(`unknown type '${typeName}'`);
  return (frame) => {
    let result: CelError = unknown;
    for (const field of fields) {
      const value = field(frame);
      if (!(value instanceof CelError)) continue;
      result = value;
      break;
    }
    frame.spend(newObject);
    return result;
  };
}
