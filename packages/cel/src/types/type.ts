/** What a type is at its core. `param` is a type variable, `opaque` a named type with parameters, such as an optional. */
export type Kind =
  | 'any'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'opaque'
  | 'param'
  | 'string'
  | 'struct'
  | 'timestamp'
  | 'type'
  | 'uint'
  | 'unknown';

// In types that it is put together of. A few words can double a type again and again; cel-go would not come to an end.
const largestType = 1000;

/** The types of an expression are too large, or depend on each other in too many ways, to be found out. */
export class TypesTooLarge extends Error {}

/** A type of the language. It is a value too: `type(1) == int`. */
export class Type {
  readonly kind: Kind;
  /** The name that values of the type give for it while they run. */
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly #size: number;

  constructor(kind: Kind, name: string, parameters: readonly Type[] = []) {
    this.kind = kind;
    this.name = name;
    this.parameters = parameters;
    this.#size = parameters.reduce((size, parameter) => size + parameter.#size, 1);
    if (this.#size > largestType) throw new TypesTooLarge(`size of a type exceeds limit: ${largestType}`);
  }

  /** As results are told: `list(google.protobuf.Timestamp)`. Errors of the checker use formatType. */
  toString(): string {
    if (this.kind === 'param') return `<${this.name}>`;
    return this.parameters.length === 0 ? this.name : `${this.name}(${this.parameters.join(', ')})`;
  }
}

export const types = {
  any: new Type('any', 'google.protobuf.Any'),
  bool: new Type('bool', 'bool'),
  bytes: new Type('bytes', 'bytes'),
  double: new Type('double', 'double'),
  duration: new Type('duration', 'google.protobuf.Duration'),
  dyn: new Type('dyn', 'dyn'),
  error: new Type('error', 'error'),
  int: new Type('int', 'int'),
  null: new Type('null', 'null_type'),
  string: new Type('string', 'string'),
  timestamp: new Type('timestamp', 'google.protobuf.Timestamp'),
  type: new Type('type', 'type'),
  uint: new Type('uint', 'uint'),
  unknown: new Type('unknown', 'unknown'),
} as const;

export const listOf = (element: Type): Type => new Type('list', 'list', [element]);
export const mapOf = (key: Type, value: Type): Type => new Type('map', 'map', [key, value]);
export const opaque = (name: string, ...parameters: Type[]): Type => new Type('opaque', name, parameters);
export const optionalOf = (value: Type): Type => opaque('optional_type', value);
export const param = (name: string): Type => new Type('param', name);
export const struct = (name: string): Type => new Type('struct', name);
export const typeOfType = (of: Type): Type => new Type('type', 'type', [of]);

/** What values say their type is; a value does not know the types of its elements. */
export const runtimeTypes = {
  list: listOf(types.dyn),
  map: mapOf(types.dyn, types.dyn),
  optional: opaque('optional_type'),
} as const;

export const isDyn = (type: Type): boolean => type.kind === 'dyn' || type.kind === 'any';
export const isDynOrError = (type: Type): boolean => type.kind === 'error' || isDyn(type);
export const isOptional = (type: Type): boolean => type.kind === 'opaque' && type.name === 'optional_type';

/** The type in an optional; any other type is itself. */
export const unwrapOptional = (type: Type): Type => (isOptional(type) ? parameterOf(type, 0) : type);

/** A parameter of a type that must have it; without one, anything. */
export const parameterOf = (type: Type, index: number): Type => type.parameters[index] ?? types.dyn;

/** Whether two types are the same, names of type variables included. */
export function isExactType(one: Type, other: Type): boolean {
  return isSame(one, other, true);
}

/** Whether two types are the same, whatever their type variables are called. */
export function isEquivalentType(one: Type, other: Type): boolean {
  return isSame(one, other, false);
}

function isSame(one: Type, other: Type, withParamNames: boolean): boolean {
  if (one === other) return true;
  if (one.kind !== other.kind || one.parameters.length !== other.parameters.length) return false;
  if ((withParamNames || one.kind !== 'param') && one.name !== other.name) return false;
  return one.parameters.every((parameter, index) => isSame(parameter, parameterOf(other, index), withParamNames));
}

const shortNames: Partial<Record<Kind, string>> = {
  any: 'any',
  duration: 'duration',
  error: '!error!',
  null: 'null',
  timestamp: 'timestamp',
};

/** A type as the checker names it: `list(timestamp)`. */
export function formatType(type: Type): string {
  const short = shortNames[type.kind];
  if (short !== undefined) return short;
  return type.parameters.length === 0 ? type.name : `${type.name}(${type.parameters.map(formatType).join(', ')})`;
}

/** The types of a call's arguments as the checker names them: `(int, string)`, for a method `string.(int)`. */
export function formatArguments(args: readonly Type[], isMember: boolean): string {
  const [target, ...rest] = args;
  if (isMember && target !== undefined) return `${formatType(target)}.(${rest.map(formatType).join(', ')})`;
  return `(${args.map(formatType).join(', ')})`;
}
