import type { Declarations, Fields } from './check/declarations.ts';
import { cidrType, ipType } from './library/address.ts';
import type { AuthorizationQuestion, Authorize } from './library/authorizer.ts';
import { createAuthorizer, createResourceCheck } from './library/authorizer.ts';
import { allFunctions } from './library/index.ts';
import { admissionTypes } from './schema/admission-types.ts';
import { type DeclaredType, declaredObject, declaredScalars, declareSchema, maxRequestBytes } from './schema/declared-type.ts';
import { isReserved } from './schema/escape-name.ts';
import { fromSchema } from './schema/schema-value.ts';
import { type StructuralSchema, withTypeAndMetadata } from './schema/structural-schema.ts';
import { listOf, mapOf, optionalOf, param, runtimeTypes, type Type, types } from './types/type.ts';
import { fromJson } from './values/json.ts';
import { CelError, CelObject, none, Optional, type Result } from './values/value.ts';

/** Where an expression stands: which variables it has, and how what they are given becomes values. */
export interface Environment extends Declarations {
  /** Undefined where a variable is declared and not given. */
  bind(name: string, given: unknown): Result | undefined;
  /** The declared type whose bounds hold for all variables when costs are estimated. */
  readonly bounds: DeclaredType | undefined;
}

const namedTypes: ReadonlyMap<string, Type> = new Map(
  [
    ...[
      types.bool,
      types.bytes,
      types.double,
      types.duration,
      types.int,
      types.null,
      types.string,
      types.timestamp,
      types.type,
      types.uint,
    ],
    ...[listOf(param('A')), mapOf(param('A'), param('B')), runtimeTypes.optional, ipType, cidrType],
  ].map((type) => [type.name, type]),
);
/** Names that only the checker knows: an expression with one of them does not start. */
const checkedNames: ReadonlyMap<string, Type> = new Map([
  ['duration', types.duration],
  ['timestamp', types.timestamp],
]);

/** Declares variables of such types, and all objects in these types. */
function declare(variables: ReadonlyMap<string, Type>, declared: readonly DeclaredType[]): Declarations {
  const objects = new Map<string, DeclaredType>();
  for (const type of declared) collectObjects(type, objects);
  return {
    variable: (name) => variables.get(name),
    function: (name) => allFunctions.get(name),
    typeNamed: (name) => namedTypes.get(name) ?? checkedNames.get(name) ?? objects.get(name)?.type,
    fieldsOf: (typeName) => fieldsOf(objects.get(typeName)),
  };
}

function collectObjects(declared: DeclaredType, objects: Map<string, DeclaredType>): void {
  if (declared.fields !== undefined) objects.set(declared.type.name, declared);
  for (const part of [...(declared.fields?.values() ?? []), declared.element]) if (part !== undefined) collectObjects(part, objects);
}

function fieldsOf(declared: DeclaredType | undefined): Fields | undefined {
  const fields = declared?.fields;
  if (fields === undefined) return undefined;
  // A field that is called like a word of the language may be named by it behind a dot.
  return { fieldType: (name) => (fields.get(name) ?? (isReserved(name) ? fields.get(`__${name}__`) : undefined))?.type };
}

export interface RuleScope {
  /** Of the object or field that the rule stands at. */
  schema: StructuralSchema;
  /** Whether that is a whole resource, whose kind and name can then be used. */
  isResource?: boolean;
  /** Whether `oldSelf` is an optional, which is empty when there is no old value. */
  hasOptionalOld?: boolean;
}

export interface RuleEnvironment extends Environment {
  /** How many values of the schema fit into one request: how often a rule may run where no schema around it has a bound. */
  mostValues: bigint;
}

/** The environment of validation rules of a CustomResourceDefinition; undefined for a schema that expressions know no type of. */
export function createRuleEnvironment({ schema, isResource = false, hasOptionalOld = false }: RuleScope): RuleEnvironment | undefined {
  const declared = declareSchema(schema, 'selfType', isResource);
  if (declared === undefined) return undefined;
  const variables = new Map([
    ['self', declared.type],
    ['oldSelf', hasOptionalOld ? optionalOf(declared.type) : declared.type],
  ]);
  const whole = isResource ? withTypeAndMetadata(schema) : schema;
  return {
    ...declare(variables, [declared]),
    bounds: declared,
    mostValues: BigInt(Math.trunc(maxRequestBytes / (declared.minSize + 1))),
    bind: (name, given) => {
      if (name !== 'oldSelf') return fromSchema(given, whole);
      if (given === undefined) return hasOptionalOld ? none : undefined;
      const value = fromSchema(given, whole);
      return value instanceof CelError || !hasOptionalOld ? value : new Optional(value);
    },
  };
}

export interface AdmissionScope {
  hasParams?: boolean;
  hasAuthorizer?: boolean;
  /** Types of composed variables, by their names. */
  variables?: ReadonlyMap<string, Type>;
  /** Schemas of `object`, `oldObject` and `params`, to check an expression against; without them they are dynamic. */
  schemas?: Readonly<Partial<Record<'object' | 'oldObject' | 'params', StructuralSchema>>>;
}

/** The environment of expressions of admission policies. */
export function createAdmissionEnvironment(scope: AdmissionScope = {}): Environment {
  const { hasParams = true, hasAuthorizer = true, variables = new Map<string, Type>(), schemas = {} } = scope;
  const composed = declaredObject(
    'kubernetes.variables',
    Array.from(variables, ([name, type]) => [name, { type, maxElements: 0, minSize: 1 }] as const),
  );
  const typed = (name: 'object' | 'oldObject' | 'params'): DeclaredType => {
    const schema = schemas[name];
    return (schema === undefined ? undefined : declareSchema(schema, `${name}Type`, name !== 'params')) ?? declaredScalars.dyn;
  };
  const declared: Record<string, DeclaredType> = {
    object: typed('object'),
    oldObject: typed('oldObject'),
    request: admissionTypes.request,
    namespaceObject: admissionTypes.namespace,
    variables: composed,
    ...(hasParams ? { params: typed('params') } : {}),
    ...(hasAuthorizer ? { authorizer: declaredScalars.authorizer, 'authorizer.requestResource': declaredScalars.resourceCheck } : {}),
  };
  return {
    ...declare(new Map(Object.entries(declared).map(([name, { type }]) => [name, type])), Object.values(declared)),
    bounds: undefined,
    bind: (_, given) => (given instanceof CelObject ? given : fromJson(given ?? null)),
  };
}

/** What to give for the variables of the authorizer. */
export function authorizerBindings(authorize: Authorize, resource: Partial<AuthorizationQuestion>): Record<string, unknown> {
  return { authorizer: createAuthorizer(authorize), 'authorizer.requestResource': createResourceCheck(authorize, resource) };
}
