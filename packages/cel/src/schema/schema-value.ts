import { type Type, types } from '../types/type.ts';
import { CelMap, Opaque } from '../values/collection.ts';
import { equal } from '../values/equal.ts';
import { fromJson } from '../values/json.ts';
import { namesOf } from '../values/maps.ts';
import { Double, isInt } from '../values/number.ts';
import { Bytes, CelError, noSuchOverload, type Result, type Value } from '../values/value.ts';
import { equalJson } from './equal-json.ts';
import { escapeName, unescapeName } from './escape-name.ts';
import { createSchemaList } from './schema-list.ts';
import { parseSchemaDateTime, parseSchemaDay, parseSchemaDuration } from './schema-times.ts';
import { type StructuralSchema, valueSchema, withTypeAndMetadata } from './structural-schema.ts';
import { toJson } from './to-json.ts';

/** A value of JSON as its schema has it; what the schema does not allow is an error when it is looked at. */
export function fromSchema(json: unknown, schema: StructuralSchema): Result {
  if (json === null || json === undefined)
    return schema.nullable === true ? null : new CelError('invalid data, got null for schema with nullable=false');
  if (schema['x-kubernetes-int-or-string'] === true) return intOrString(json);
  switch (schema.type) {
    case 'object':
      return objectFrom(json, schema);
    case 'array':
      return arrayFrom(json, schema);
    case 'string':
      return typeof json === 'string' ? textFrom(json, schema.format) : wrongType('string', json);
    case 'number':
      return typeof json === 'number' ? new Double(json) : wrongType('float', json);
    case 'integer':
      return intFrom(json);
    case 'boolean':
      return typeof json === 'boolean' ? json : wrongType('bool', json);
    default:
      return untyped(json, schema);
  }
}

const goNames: Readonly<Record<string, string>> = { string: 'string', boolean: 'bool' };

function wrongType(expected: string, json: unknown): CelError {
  const number = Number.isInteger(json) ? 'int64' : 'float64';
  const object = Array.isArray(json) ? '[]interface {}' : 'map[string]interface {}';
  const name = goNames[typeof json] ?? (typeof json === 'number' ? number : object);
  return new CelError(`invalid data, expected ${expected}, got ${name}`);
}

function intOrString(json: unknown): Result {
  if (typeof json === 'string') return json;
  const value = typeof json === 'number' ? fromJson(json) : null;
  return isInt(value) ? value : new CelError('invalid data, expected XIntOrString value to be either a string or integer');
}

function intFrom(json: unknown): Result {
  const value = typeof json === 'number' ? fromJson(json) : null;
  return isInt(value) ? value : wrongType('int', json);
}

function objectFrom(json: unknown, schema: StructuralSchema): Result {
  if (typeof json !== 'object' || Array.isArray(json))
    return new CelError('invalid data, expected a map for the provided schema with type=object');
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  return new SchemaMap(json as Record<string, unknown>, isEmbedded ? withTypeAndMetadata(schema) : schema);
}

function arrayFrom(json: unknown, schema: StructuralSchema): Result {
  if (!Array.isArray(json)) return new CelError('invalid data, expected an array for the provided schema with type=array');
  const { items } = schema;
  if (items === undefined) return new CelError('invalid array type, expected Items with a non-empty Schema');
  return createSchemaList(json, schema, (item) => fromSchema(item, items));
}

function textFrom(text: string, format: string | undefined): Result {
  switch (format) {
    case 'duration':
      return parseSchemaDuration(text);
    case 'date':
      return parseSchemaDay(text);
    case 'date-time':
      return parseSchemaDateTime(text);
    case 'byte':
      return bytesFrom(text);
    default:
      return text;
  }
}

/** In the alphabet for URLs, with all of its padding. */
function bytesFrom(text: string): Result {
  const plain = text.replace(/[\r\n]/g, '');
  const wrong = /[^A-Za-z0-9_-]/.exec(plain.replace(/={0,2}$/, ''));
  if (wrong !== null || plain.length % 4 !== 0)
    return new CelError(`Invalid byte formatted string ${text}: illegal base64 data at input byte ${wrong?.index ?? plain.length}`);
  return new Bytes(Buffer.from(plain, 'base64url'));
}

function untyped(json: unknown, schema: StructuralSchema): Result {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return new PreservedValue(json);
  return new CelError(
    `invalid type, expected object, array, number, integer, boolean or string, or no type with x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields is true, got ${schema.type ?? ''}`,
  );
}

/** What a schema keeps without saying what it is: it can only be compared. */
class PreservedValue extends Opaque {
  readonly json: unknown;

  constructor(json: unknown) {
    super();
    this.json = json;
  }

  get type(): Type {
    return types.unknown;
  }

  override bare(): Value {
    return fromJson(this.json);
  }

  equals(other: Value): boolean {
    return equalJson(this.json, toJson(other));
  }

  override toString(): string {
    return JSON.stringify(this.json);
  }

  override get typeProblem(): CelError {
    return new CelError("type conversion to 'type' not supported for values preserved by x-kubernetes-preserve-unknown-fields");
  }
}

/** An object or a map of a schema. Fields that the schema does not name are not there. */
class SchemaMap extends CelMap {
  readonly json: Readonly<Record<string, unknown>>;
  readonly #schema: StructuralSchema;

  constructor(json: Readonly<Record<string, unknown>>, schema: StructuralSchema) {
    super();
    this.json = json;
    this.#schema = schema;
  }

  get size(): number {
    return namesOf(this.json).length;
  }

  find(key: Value): Result | undefined {
    if (typeof key !== 'string') return noSuchOverload;
    const name = this.#isObject ? unescapeName(key) : key;
    return name === undefined ? undefined : this.#field(name);
  }

  *keys(): Generator<Value> {
    for (const name of namesOf(this.json)) {
      if (this.#schemaOf(name) !== undefined) yield this.#isObject ? (escapeName(name) ?? name) : name;
    }
  }

  override bare(): Value {
    return fromJson(this.json);
  }

  equals(other: Value): boolean | CelError {
    if (!(other instanceof CelMap)) return noSuchOverload;
    if (other.size !== this.size) return false;
    for (const name of namesOf(this.json)) {
      const same = this.#schemaOf(name) === undefined ? this.#hasSameUnknown(name, other) : this.#hasSame(name, other);
      if (same !== true) return same;
    }
    return true;
  }

  get #isObject(): boolean {
    return this.#schema.properties !== undefined;
  }

  #schemaOf(name: string): StructuralSchema | undefined {
    const { properties } = this.#schema;
    if (properties === undefined) return valueSchema(this.#schema);
    return Object.hasOwn(properties, name) ? properties[name] : undefined;
  }

  #field(name: string): Result | undefined {
    if (!Object.hasOwn(this.json, name)) return undefined;
    const json = this.json[name];
    const schema = this.#schemaOf(name);
    // A null is as good as no field; a map may hold nulls.
    if (schema === undefined || (this.#isObject && json === null)) return undefined;
    return fromSchema(json, schema);
  }

  #hasSame(name: string, other: CelMap): boolean | CelError {
    const [ours, theirs] = [this.find(name), other.find(name)];
    if (ours === undefined || theirs === undefined) return ours === theirs;
    if (ours instanceof CelError) return ours;
    return theirs instanceof CelError ? theirs : equal(ours, theirs);
  }

  #hasSameUnknown(name: string, other: CelMap): boolean | CelError {
    if (!(other instanceof SchemaMap)) return noSuchOverload;
    return !Object.hasOwn(other.json, name) || equalJson(this.json[name], other.json[name]);
  }
}
