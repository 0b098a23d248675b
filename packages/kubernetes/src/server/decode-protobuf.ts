import { kindIdOf, timestamp } from '@fairway/resources/model';
import type { FieldShape, MessageShape } from './protobuf-field-shapes.ts';
import { protobufShapes } from './protobuf-shapes.ts';
import { badRequest, protocolProblem } from './status-problem.ts';

export const protobufType = 'application/vnd.kubernetes.protobuf';

type Raw = { number: number; value: number | Buffer };

const broken = () => badRequest('the object provided is unrecognized (not protobuf)');

function readVarint(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0n;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) throw broken();
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value: Number(BigInt.asIntN(64, value)), next: at + index + 1 };
  }
  throw broken();
}

/** The fields of one message, as they lie in the bytes. Kubernetes' types use varints and lengths only. */
function fieldsOf(bytes: Buffer): Raw[] {
  const fields: Raw[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = readVarint(bytes, at);
    const first = readVarint(bytes, tag.next);
    const wire = tag.value % 8;
    if (wire !== 0 && wire !== 2) throw broken();
    const end = wire === 2 ? first.next + first.value : first.next;
    if (first.value < 0 && wire === 2) throw broken();
    if (end > bytes.length) throw broken();
    fields.push({ number: Math.floor(tag.value / 8), value: wire === 0 ? first.value : bytes.subarray(first.next, end) });
    at = end;
  }
  return fields;
}

const bytesOf = (value: number | Buffer): Buffer => {
  if (typeof value === 'number') throw broken();
  return value;
};
const numberOf = (value: number | Buffer): number => {
  if (typeof value !== 'number') throw broken();
  return value;
};
const textOf = (value: number | Buffer): string => bytesOf(value).toString('utf8');
const member = (bytes: Buffer, number: number): number | Buffer | undefined =>
  fieldsOf(bytes).find((field) => field.number === number)?.value;

function integerOrText(bytes: Buffer): number | string {
  if (member(bytes, 1) !== 1) return Number(member(bytes, 2) ?? 0);
  return textOf(member(bytes, 3) ?? Buffer.alloc(0));
}

const timeOf = (bytes: Buffer): string | undefined => {
  const seconds = member(bytes, 1);
  return typeof seconds === 'number' ? timestamp(seconds * 1_000) : undefined;
};

function innerOf(shape: Extract<FieldShape, object>): MessageShape {
  if ('message' in shape) return shape.message;
  if ('messages' in shape) return shape.messages;
  return 'Message' in shape ? shape.Message : shape.inline;
}

const quantityOf = (bytes: Buffer): string => textOf(member(bytes, 1) ?? Buffer.alloc(0));

/** A map's value; its key is field 1 of the entry, the value field 2. */
function mapValue(shape: 'text-map' | 'bytes-map' | 'quantity-map', held: Buffer): string {
  if (shape === 'quantity-map') return quantityOf(held);
  return held.toString(shape === 'text-map' ? 'utf8' : 'base64');
}

/** The value of a field that stands once; undefined when it says nothing. */
function single(shape: FieldShape, value: number | Buffer, path: string): unknown {
  if (typeof shape === 'object') {
    const object = messageOf(innerOf(shape), bytesOf(value), path);
    return 'message' in shape && Object.keys(object).length === 0 ? undefined : object;
  }
  switch (shape) {
    case 'text':
      return textOf(value) || undefined;
    case 'integer':
      return numberOf(value) || undefined;
    case 'boolean':
      return numberOf(value) !== 0 || undefined;
    case 'Integer':
      return numberOf(value);
    case 'Boolean':
      return numberOf(value) !== 0;
    case 'time':
      return timeOf(bytesOf(value));
    case 'integer-or-text':
      return integerOrText(bytesOf(value));
    case 'quantity':
      return quantityOf(bytesOf(value)) || undefined;
    default:
      return textOf(value);
  }
}

function addTo(
  object: Record<string, unknown>,
  [name, shape]: readonly [string, FieldShape],
  { value, path }: { value: number | Buffer; path: string },
): void {
  const isList = shape === 'texts' || (typeof shape === 'object' && 'messages' in shape);
  if (isList) {
    const list = (object[name] ?? []) as unknown[];
    object[name] = [...list, single(shape, value, path)];
  } else if (typeof shape === 'object' && 'inline' in shape) {
    Object.assign(object, single(shape, value, path));
  } else if (shape === 'text-map' || shape === 'bytes-map' || shape === 'quantity-map') {
    const entry = bytesOf(value);
    const held = bytesOf(member(entry, 2) ?? Buffer.alloc(0));
    const key = textOf(member(entry, 1) ?? Buffer.alloc(0));
    const map = new Map(Object.entries((object[name] ?? {}) as Record<string, string>));
    object[name] = Object.fromEntries(map.set(key, mapValue(shape, held)));
  } else {
    const found = single(shape, value, path);
    if (found !== undefined) object[name] = found;
  }
}

const isZero = (value: number | Buffer): boolean => (typeof value === 'number' ? value === 0 : value.length === 0);

function messageOf(shape: MessageShape, bytes: Buffer, path: string): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { number, value } of fieldsOf(bytes)) {
    const known = shape[number];
    // Clients do not write status with an object, so whatever is in there does not count.
    if (known === undefined && (isZero(value) || path.endsWith('.status'))) continue;
    if (known === undefined)
      throw protocolProblem(
        'UnsupportedMediaType',
        `field ${number} of ${path} cannot be read from protobuf here: send the object as JSON, for example with kubectl create -f`,
      );
    addTo(object, known, { value, path: known[0] === '' ? path : `${path}.${known[0]}` });
  }
  return object;
}

const magic = Buffer.from('k8s\0', 'latin1');

/** An object in Kubernetes' protobuf envelope, as the JSON object that it means. */
export function decodeProtobuf(body: Buffer): Record<string, unknown> {
  if (!body.subarray(0, magic.length).equals(magic)) throw broken();
  const envelope = body.subarray(magic.length);
  const type = member(envelope, 1);
  if (type === undefined) throw broken();
  const apiVersion = textOf(member(bytesOf(type), 1) ?? Buffer.alloc(0));
  const kind = textOf(member(bytesOf(type), 2) ?? Buffer.alloc(0));
  const id = kindIdOf({ apiVersion, kind });
  const shape = Object.hasOwn(protobufShapes, id) ? protobufShapes[id] : undefined;
  if (shape === undefined)
    throw protocolProblem(
      'UnsupportedMediaType',
      `${kind} cannot be read from protobuf here: send it as JSON, for example with kubectl create -f`,
    );
  return { apiVersion, kind, ...messageOf(shape, bytesOf(member(envelope, 2) ?? Buffer.alloc(0)), kind) };
}
