import { mapOf, param } from '../types/type.ts';
import { CelMap } from '../values/collection.ts';
import { ValueMap } from '../values/maps.ts';
import { CelError, noSuchOverload, type Result, type Value } from '../values/value.ts';
import { type FunctionDecl, overload } from './function.ts';

const [k, v] = [param('K'), param('V')];
const mapKV = mapOf(k, v);

/** The first argument is the map that a macro gathers in; nobody else sees it yet. */
const insertOne = (map: Value, key: Value, value: Value): Result => (map instanceof ValueMap ? map.insert(key, value) : noSuchOverload);

function insertAll(map: Value, entries: Value): Result {
  if (!(map instanceof ValueMap) || !(entries instanceof CelMap)) return noSuchOverload;
  let gathered: Result = map;
  for (const key of entries.keys()) {
    const value = entries.find(key) ?? null;
    gathered = value instanceof CelError ? value : map.insert(key, value);
    if (gathered instanceof CelError) return gathered;
  }
  return gathered;
}

/** What the macros that make maps are made of. */
export const maps: readonly FunctionDecl[] = [
  {
    name: 'cel.@mapInsert',
    overloads: [
      overload('@mapInsert_map_key_value', [[mapKV, k, v], mapKV], (map = null, key = null, value = null) => insertOne(map, key, value)),
      overload('@mapInsert_map_map', [[mapKV, mapKV], mapKV], (map = null, entries = null) => insertAll(map, entries)),
    ],
  },
];
