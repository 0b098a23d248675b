import type { WrittenSchema } from './definition.ts';
import { isSchema, type SchemaVisit, schemasOf } from './schema-visit.ts';

const checkType = ({ report, schema, path }: SchemaVisit, wanted: string, why: string): void => {
  if (schema.type !== wanted) report.invalid(`${path}.type`, schema.type ?? '', `must be ${wanted} if ${why}`);
};

const oneOf = ({ report, schema, path }: SchemaVisit, keyword: string, allowed: readonly string[]): void => {
  if (!allowed.includes(String(schema[keyword]))) report.notSupported(`${path}.${keyword}`, schema[keyword], allowed);
};

const isMapList = "parent array's x-kubernetes-list-type is map";

const checkKey = ({ report, path }: SchemaVisit, items: WrittenSchema, key: string): void => {
  const property = new Map(schemasOf(items.properties)).get(key);
  const here = `${path}.items.properties[${key}]`;
  if (property === undefined) return;
  if (property.type === 'object' || property.type === 'array')
    report.invalid(`${here}.type`, property.type, `must be a scalar type if ${isMapList}`);
  else if (!(Array.isArray(items.required) && items.required.includes(key)) && property.default === undefined)
    report.required(
      `${here}.default`,
      'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
    );
};

const checkMapList = (visit: SchemaVisit, keys: readonly unknown[]): void => {
  const { report, schema, path } = visit;
  const here = `${path}.x-kubernetes-list-map-keys`;
  const items = isSchema(schema.items) ? schema.items : {};
  if (keys.length === 0) report.required(here, 'must not be empty if x-kubernetes-list-type is map');
  else if (items.type !== 'object') report.invalid(`${path}.items.type`, items.type ?? '', `must be object if ${isMapList}`);
  else {
    for (const key of keys) checkKey(visit, items, String(key));
    const names = schemasOf(items.properties).map(([name]) => name);
    if (keys.some((key) => !names.includes(String(key)))) report.invalid(here, keys, 'entries must all be names of item properties');
  }
};

const checkListKeys = (visit: SchemaVisit): void => {
  const { report, schema, path } = visit;
  const written = schema['x-kubernetes-list-map-keys'];
  const keys: readonly unknown[] = Array.isArray(written) ? written : [];
  if (schema['x-kubernetes-list-type'] === 'map') checkMapList(visit, keys);
  else if (keys.length > 0) report.required(`${path}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty');
};

const checkEmbedded = (visit: SchemaVisit): void => {
  const { report, schema, path, part } = visit;
  const keyword = 'x-kubernetes-embedded-resource';
  if (schema[keyword] !== true) return;
  if (part === 'root') report.forbidden(`${path}.${keyword}`, 'must not be used at the root');
  if (schema['x-kubernetes-preserve-unknown-fields'] !== true && schemasOf(schema.properties).length === 0)
    report.required(`${path}.properties`, `must not be empty if ${keyword} is true without x-kubernetes-preserve-unknown-fields`);
  checkType(visit, 'object', `${keyword} is true`);
};

/** The keywords of Kubernetes' own: lists and maps that are merged by parts, embedded objects, unknown fields. */
export function checkExtensions(visit: SchemaVisit): void {
  const { report, schema, path } = visit;
  if (schema['x-kubernetes-preserve-unknown-fields'] === false)
    report.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined');
  if (schema['x-kubernetes-list-type'] !== undefined) {
    checkType(visit, 'array', 'x-kubernetes-list-type is specified');
    oneOf(visit, 'x-kubernetes-list-type', ['atomic', 'set', 'map']);
  }
  if (schema['x-kubernetes-map-type'] !== undefined) {
    checkType(visit, 'object', 'x-kubernetes-map-type is specified');
    oneOf(visit, 'x-kubernetes-map-type', ['atomic', 'granular']);
  }
  checkListKeys(visit);
  checkEmbedded(visit);
}
