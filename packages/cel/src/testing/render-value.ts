import { Type } from '../types/type.ts';
import { CelList, CelMap, Opaque } from '../values/collection.ts';
import { Double, Uint } from '../values/number.ts';
import { printDouble } from '../values/print.ts';
import { quote } from '../values/text.ts';
import { Duration, printDuration, printTimestamp, Timestamp } from '../values/time.ts';
import { Bytes, CelError, Optional, type Result, typeOf, type Value } from '../values/value.ts';

/** A value as tools/kubernetes/cel-vectors writes it: so that its type can be seen. */
export function renderValue(value: Value): string {
  if (value === null || typeof value !== 'object') return typeof value === 'string' ? quote(value) : String(value);
  if (value instanceof CelList) return `[${Array.from(value.elements(), render).join(', ')}]`;
  if (value instanceof CelMap) return renderMap(value);
  if (value instanceof Optional) return value.value === undefined ? 'optional.none()' : `optional.of(${renderValue(value.value)})`;
  if (value instanceof Double) return `double(${printDouble(value.value)})`;
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Timestamp) return `timestamp(${quote(printTimestamp(value))})`;
  if (value instanceof Duration) return `duration(${quote(printDuration(value))})`;
  if (value instanceof Bytes) return `b"${Array.from(value.bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`;
  if (value instanceof Type) return `type(${value.name})`;
  return renderOpaque(value);
}

const render = (result: Result): string => (result instanceof CelError ? 'a error' : renderValue(result));

function renderMap(map: CelMap): string {
  const parts = Array.from(map.keys(), (key) => `${renderValue(key)}: ${render(entry(map, key))}`);
  return `{${parts.sort().join(', ')}}`;
}

function entry(map: CelMap, key: Value): Result {
  const value = map.find(key);
  return value === undefined ? map.missing(key) : value;
}

const words: Readonly<Record<string, string>> = {
  'kubernetes.Quantity': 'quantity',
  'kubernetes.Semver': 'semver',
  'kubernetes.URL': 'url',
  'net.IP': 'ip',
  'net.CIDR': 'cidr',
  'kubernetes.NamedFormat': 'format',
};

function renderOpaque(value: Value): string {
  const { name } = typeOf(value);
  const word = words[name];
  return word === undefined || !(value instanceof Opaque) ? `a ${name}` : `${word}(${value})`;
}
