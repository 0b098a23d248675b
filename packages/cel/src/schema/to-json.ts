import { CelList, CelMap } from '../values/collection.ts';
import { AdaptedList } from '../values/lists.ts';
import { AdaptedMap } from '../values/maps.ts';
import { Double, Uint } from '../values/number.ts';
import { Duration, printDuration, printTimestamp, Timestamp } from '../values/time.ts';
import { Bytes, CelError, CelObject, type Value } from '../values/value.ts';

/** A value as JSON, for where it is put beside JSON of a schema. */
export function toJson(value: Value): unknown {
  const bare = value instanceof CelObject ? value.bare() : value;
  if (bare instanceof AdaptedMap) return bare.object;
  if (bare instanceof AdaptedList) return bare.items;
  if (bare instanceof CelList) return Array.from(bare.elements(), resultToJson);
  if (bare instanceof CelMap)
    return Object.fromEntries(Array.from(bare.keys(), (key) => [String(key), resultToJson(bare.find(key) ?? null)]));
  return scalarToJson(bare);
}

const resultToJson = (result: Value | CelError): unknown => (result instanceof CelError ? null : toJson(result));

function scalarToJson(value: Value): unknown {
  if (value instanceof Double) return value.value;
  if (value instanceof Uint || typeof value === 'bigint') return Number(value instanceof Uint ? value.value : value);
  if (value instanceof Bytes) return Buffer.from(value.bytes).toString('base64url');
  if (value instanceof Timestamp) return printTimestamp(value);
  return value instanceof Duration ? printDuration(value) : value;
}
