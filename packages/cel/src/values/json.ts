import { AdaptedList } from './lists.ts';
import { AdaptedMap } from './maps.ts';
import { Double, toInt } from './number.ts';
import { CelError, type Value } from './value.ts';

/**
 * A value of JSON that no schema describes. Whole numbers are ints; JSON.parse does not tell 1 from 1.0, so this does not either.
 * Numbers past 64 bits are doubles.
 */
export function fromJson(json: unknown): Value {
  switch (typeof json) {
    case 'string':
    case 'boolean':
      return json;
    case 'number':
      return fromNumber(json);
    case 'object':
      if (json === null) return null;
      return Array.isArray(json) ? new AdaptedList(json, fromJson) : new AdaptedMap(json as Record<string, unknown>, fromJson);
    default:
      return null;
  }
}

function fromNumber(json: number): Value {
  if (!Number.isInteger(json)) return new Double(json);
  if (Number.isSafeInteger(json)) return json + 0;
  const int = toInt(BigInt(json));
  return int instanceof CelError ? new Double(json) : int;
}
