import type { WrittenSchema } from './definition.ts';
import { checkForbidden, isSchema, isTooDeep, type SchemaVisit, schemasOf } from './schema-visit.ts';

/** What says something about values alone may not describe their structure. */
const structural = [
  'type',
  'title',
  'description',
  'default',
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

/** The structural schema of a field that a rule speaks of; undefined where none is specified. */
const specified = (structure: WrittenSchema | undefined, name: string): WrittenSchema | undefined => {
  const property = new Map(schemasOf(structure?.properties)).get(name);
  return property ?? (isSchema(structure?.additionalProperties) ? structure.additionalProperties : undefined);
};

const checkFields = ({ report, schema, path, depth }: ValueVisit, structure: WrittenSchema | undefined): void => {
  const isFree = structure === undefined || structure['x-kubernetes-preserve-unknown-fields'] === true;
  for (const [name, child] of schemasOf(schema.properties)) {
    const place = `${path}.properties[${name}]`;
    const found = specified(structure, name);
    if (found === undefined && !isFree)
      report.required(place.replace(/\.((allOf|anyOf|oneOf)\[\d+\]|not)/g, ''), `because it is defined in ${place}`);
    checkValueRules({ report, schema: child, path: place, depth: depth + 1 }, found);
  }
};

const checkValueRules = (visit: ValueVisit, structure: WrittenSchema | undefined): void => {
  const { report, schema, path, depth } = visit;
  if (isTooDeep(visit)) return;
  const isIntOrString = structure?.['x-kubernetes-int-or-string'] === true;
  for (const keyword of structural)
    if (isSaid(schema, keyword) && !(keyword === 'type' && isIntOrString))
      report.forbidden(`${path}.${keyword}`, 'must be empty to be structural');
  checkForbidden({ ...visit, part: 'value' });
  checkFields(visit, structure);
  if (isSchema(schema.items)) {
    const items = isSchema(structure?.items) ? structure.items : undefined;
    checkValueRules({ report, schema: schema.items, path: `${path}.items`, depth: depth + 1 }, items);
  }
  checkJunctions(visit, structure);
};

/** `allOf`, `anyOf`, `oneOf` and `not` of a schema: they say more about values whose structure is said already. */
export function checkJunctions({ report, schema, path, depth }: ValueVisit, structure: WrittenSchema | undefined): void {
  for (const keyword of ['allOf', 'anyOf', 'oneOf'])
    for (const [index, part] of (Array.isArray(schema[keyword]) ? schema[keyword] : []).entries())
      if (isSchema(part)) checkValueRules({ report, schema: part, path: `${path}.${keyword}[${index}]`, depth: depth + 1 }, structure);
  if (isSchema(schema.not)) checkValueRules({ report, schema: schema.not, path: `${path}.not`, depth: depth + 1 }, structure);
}
