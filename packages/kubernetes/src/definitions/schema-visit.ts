import type { WrittenSchema } from './definition.ts';
import type { FieldReport } from './field-report.ts';

/** Where a walk through a schema stands. `part` says what the schema describes. */
export interface SchemaVisit {
  report: FieldReport;
  schema: WrittenSchema;
  path: string;
  part: 'root' | 'field' | 'item' | 'value';
  depth: number;
}

// As deep as objects may be; deeper schemas describe nothing that could be stored.
const maxDepth = 100;

export const isSchema = (value: unknown): value is WrittenSchema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schemas of a map of schemas, by name. */
export const schemasOf = (value: unknown): [string, WrittenSchema][] =>
  isSchema(value) ? Object.entries(value).filter((entry): entry is [string, WrittenSchema] => isSchema(entry[1])) : [];

export const isTooDeep = ({ report, path, depth }: Pick<SchemaVisit, 'report' | 'path' | 'depth'>): boolean => {
  if (depth <= maxDepth) return false;
  report.invalid(path, '', `must not be nested deeper than ${maxDepth} levels`);
  return true;
};

const notSupported = ['$ref', 'additionalItems', 'definitions', 'dependencies', 'id', 'patternProperties'];

const checkPattern = ({ report, schema, path }: SchemaVisit): void => {
  if (schema.pattern === undefined) return;
  try {
    new RegExp(String(schema.pattern), 'u');
  } catch (error) {
    report.invalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${(error as Error).message}`);
  }
};

/** What no schema may say, wherever it stands. */
export function checkForbidden(visit: SchemaVisit): void {
  const { report, schema, path } = visit;
  for (const keyword of notSupported)
    if (schema[keyword] !== undefined) report.forbidden(`${path}.${keyword}`, `${keyword} is not supported`);
  if (schema.uniqueItems === true)
    report.forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  if (schema.properties !== undefined && (schema.additionalProperties ?? false) !== false)
    report.forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive');
  checkPattern(visit);
}
