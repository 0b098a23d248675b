import type { Kind } from '../types/type.ts';
import { CelList, CelMap } from '../values/collection.ts';
import { AdaptedList } from '../values/lists.ts';
import { AdaptedMap } from '../values/maps.ts';
import { typeOf, type Value } from '../values/value.ts';

const names: Partial<Record<Kind, string>> = {
  bool: 'types.Bool',
  bytes: 'types.Bytes',
  double: 'types.Double',
  duration: 'types.Duration',
  int: 'types.Int',
  null: 'types.Null',
  string: 'types.String',
  timestamp: 'types.Timestamp',
  type: '*types.Type',
  uint: 'types.Uint',
};

/** What some messages of cel-go call a value: by the type in its own code. */
export function goTypeName(value: Value): string {
  if (value instanceof AdaptedMap) return 'map[string]interface {}';
  if (value instanceof AdaptedList) return '[]interface {}';
  if (value instanceof CelList) return '*types.baseList';
  if (value instanceof CelMap) return '*types.baseMap';
  const type = typeOf(value);
  return names[type.kind] ?? (type.name === 'optional_type' ? '*types.Optional' : type.name);
}
