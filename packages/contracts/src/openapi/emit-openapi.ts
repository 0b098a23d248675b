import type { TSchema } from 'typebox';
import type { OperationRow } from './operation.ts';

export interface DocumentOptions {
  title: string;
  version: string;
  description: string;
  operations: readonly OperationRow[];
  error: TSchema;
  /** The envelope of a dialect around one shape or a list of it. */
  envelope(shape: unknown, as: 'one' | 'list'): unknown;
}

type Named = TSchema & { $id?: string };

const idOf = (schema: TSchema): string => {
  const id = (schema as Named).$id;
  if (id === undefined) throw new Error('a schema of an operation needs an $id: it becomes a component of the document');
  return id;
};
const reference = (schema: TSchema): { $ref: string } => ({ $ref: `#/components/schemas/${idOf(schema)}` });

/** An OpenAPI 3.1 document of one surface. Deterministic: the order is that of the table. */
export function emitOpenApi(options: DocumentOptions): unknown {
  const schemas = new Map<string, unknown>();
  const use = (schema: TSchema): { $ref: string } => {
    schemas.set(idOf(schema), withReferences(schema, true, schemas));
    return reference(schema);
  };
  const error = use(options.error);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of options.operations) {
    const path = operation.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation, { use, error, envelope: options.envelope }) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: options.title,
      version: options.version,
      description: options.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }],
    paths,
    components: {
      schemas: Object.fromEntries([...schemas].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'fairway token prints one.' } },
    },
  };
}

interface Parts {
  use(schema: TSchema): { $ref: string };
  error: { $ref: string };
  envelope: DocumentOptions['envelope'];
}

function describe(operation: OperationRow, { use, error, envelope }: Parts): unknown {
  const json = (schema: unknown) => ({ content: { 'application/json': { schema } } });
  const names = [...operation.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
  const problems = { ...operation.errors, 401: ['UNAUTHORIZED'], 403: ['FORBIDDEN'] };
  return {
    operationId: operation.id,
    summary: operation.summary,
    'x-permission': operation.permission,
    parameters: [
      ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...(operation.query ?? []).map(({ name, description, repeatable }) => ({
        name,
        in: 'query',
        description,
        schema: repeatable ? { type: 'array', items: { type: 'string' } } : { type: 'string' },
      })),
    ],
    ...(operation.request === undefined ? {} : { requestBody: { required: true, ...json(use(operation.request)) } }),
    responses: {
      [operation.status]: {
        description: operation.status === 201 ? 'Created' : 'OK',
        ...json(envelope(use(operation.answer.shape), operation.answer.as)),
      },
      ...Object.fromEntries(Object.entries(problems).map(([status, codes]) => [status, { description: codes.join(', '), ...json(error) }])),
    },
  };
}

/** Named schemas inside others become references, so that clients get types with names. */
function withReferences(value: unknown, isRoot: boolean, schemas: Map<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((entry) => withReferences(entry, false, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const { $id, ...rest } = value as Record<string, unknown>;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, entry]) => [key, withReferences(entry, false, schemas)]));
  if (typeof $id !== 'string' || isRoot) return inner;
  schemas.set($id, inner);
  return { $ref: `#/components/schemas/${$id}` };
}
