import type { WrittenSchema } from './definition.ts';
import { checkForbidden, isSchema, isTooDeep, type SchemaVisit, schemasOf } from './schema-visit.ts';

/** What says something about values alone may not describe their structure. */
const structural = [
  'default',
  'type',
  'title',
  'description',
  'additionalProperties',
  'nullable',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
];

type ValueVisit = Omit<SchemaVisit, 'part'>;

const isSaid = (schema: WrittenSchema, keyword: string): boolean => schema[keyword] !== undefined && schema[keyword] !== false;

const whyNot: Readonly<Record<string, string>> = {
  default: 'must be undefined to be structural',
  additionalProperties: 'must be undefined to be structural',
  nullable: 'must be false to be structural',
};

const checkValueRules = (visit: ValueVisit, isIntOrString: boolean): void => {
  const { report, schema, path, depth } = visit;
  if (isTooDeep(visit)) return;
  for (const keyword of structural)
    if (isSaid(schema, keyword) && !(keyword === 'type' && isIntOrString))
      report.forbidden(`${path}.${keyword}`, whyNot[keyword] ?? 'must be empty to be structural');
  checkForbidden({ ...visit, part: 'value' });
  const below = (part: WrittenSchema, place: string): void =>
    checkValueRules({ report, schema: part, path: `${path}.${place}`, depth: depth + 1 }, false);
  for (const [name, part] of schemasOf(schema.properties)) below(part, `properties[${name}]`);
  if (isSchema(schema.items)) below(schema.items, 'items');
  checkJunctions(visit, isIntOrString);
};

/** `allOf`, `anyOf`, `oneOf` and `not` of a schema: they say more about values whose structure is said already. */
export function checkJunctions({ report, schema, path, depth }: ValueVisit, isIntOrString: boolean): void {
  const below = (part: unknown, place: string): void => {
    if (isSchema(part)) checkValueRules({ report, schema: part, path: `${path}.${place}`, depth: depth + 1 }, isIntOrString);
  };
  for (const keyword of ['allOf', 'anyOf', 'oneOf'])
    for (const [index, part] of (Array.isArray(schema[keyword]) ? schema[keyword] : []).entries()) below(part, `${keyword}[${index}]`);
  below(schema.not, 'not');
}
