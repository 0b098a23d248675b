import { checkValue } from '@fairway/resources/schema';
import { checkExtensions } from './check-extensions.ts';
import { checkJunctions } from './check-value-rules.ts';
import { checkedSchema } from './checked-schema.ts';
import type { WrittenSchema } from './definition.ts';
import type { FieldReport } from './field-report.ts';
import { checkRules } from './rules/check-rules.ts';
import { hasRules } from './rules/written-rule.ts';
import { checkForbidden, isSchema, isTooDeep, type SchemaVisit, schemasOf } from './schema-visit.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

const checkAbsentType = ({ report, schema, path, part }: SchemaVisit): void => {
  if (part === 'root') report.required(`${path}.type`, 'must not be empty at the root');
  else if (schema['x-kubernetes-preserve-unknown-fields'] !== true)
    report.required(`${path}.type`, `must not be empty for specified ${part === 'item' ? 'array items' : 'object fields'}`);
};

const checkType = (visit: SchemaVisit): void => {
  const { report, schema, path, part } = visit;
  const { type = '' } = schema;
  const here = `${path}.type`;
  if (schema['x-kubernetes-int-or-string'] === true) return;
  if (type === '') checkAbsentType(visit);
  else if (!types.includes(String(type))) {
    report.notSupported(here, type, types);
    if (type === 'null') report.forbidden(here, 'type cannot be set to null, use nullable as an alternative');
  } else if (part === 'root' && type !== 'object') report.invalid(here, type, 'must be object at the root');
};

const checkMetadata = ({ report, schema, path }: SchemaVisit): void => {
  const metadata = new Map(schemasOf(schema.properties)).get('metadata');
  const others = schemasOf(metadata?.properties).filter(([name]) => name !== 'name' && name !== 'generateName');
  if (others.length > 0)
    report.forbidden(
      `${path}.properties[metadata]`,
      'must not specify anything other than name and generateName, but metadata is implicitly specified',
    );
};

/** A default must be a good value by itself. A null is none: it is dropped. */
const checkDefault = ({ report, schema, path, part }: SchemaVisit): void => {
  const here = `${path}.default`;
  if (schema.default === undefined || (schema.default === null && schema.nullable !== true)) return;
  if (part === 'root') report.forbidden(here, 'must not be set at the root');
  const { problems, unknownFields } = checkValue(checkedSchema(schema), schema.default, here);
  // The value has no name of its own.
  for (const { message, ...problem } of problems) report.add({ ...problem, message: message.replace(`${here} in body`, ' in body') });
  if (unknownFields.length > 0) report.invalid(here, schema.default, 'must not have unknown fields');
};

const checkItems = ({ report, schema, path, depth }: SchemaVisit): void => {
  if (Array.isArray(schema.items)) report.forbidden(`${path}.items`, 'items must be a schema object and not an array');
  else if (isSchema(schema.items)) visitSchema({ report, schema: schema.items, path: `${path}.items`, part: 'item', depth: depth + 1 });
  else if (schema.type === 'array') report.required(`${path}.items`, 'must be specified');
};

const visitSchema = (visit: SchemaVisit): void => {
  const { report, schema, path, part, depth } = visit;
  if (isTooDeep(visit)) return;
  const before = report.problems.length;
  checkType(visit);
  checkForbidden(visit);
  checkExtensions(visit);
  if (part === 'root') checkMetadata(visit);
  // Of a schema that is wrong nothing can be said about a value.
  if (report.problems.length === before) checkDefault(visit);
  const field = { report, part: 'field', depth: depth + 1 } as const;
  for (const [name, child] of schemasOf(schema.properties))
    if (part !== 'root' || name !== 'metadata') visitSchema({ ...field, schema: child, path: `${path}.properties[${name}]` });
  if (isSchema(schema.additionalProperties))
    visitSchema({ ...field, schema: schema.additionalProperties, path: `${path}.additionalProperties` });
  checkItems(visit);
  checkJunctions(visit, schema['x-kubernetes-int-or-string'] === true);
};

/** Whether a schema is structural: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema */
export function checkStructure(report: FieldReport, schema: WrittenSchema, path: string): void {
  const before = report.problems.length;
  visitSchema({ report, schema, path, part: 'root', depth: 0 });
  // Of a schema that is wrong expressions would know wrong types.
  if (report.problems.length === before && hasRules(schema)) checkRules(report, schema, path);
}
