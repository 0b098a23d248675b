import type { DefinitionVersion, WrittenSchema } from './definition.ts';
import type { FieldReport } from './field-report.ts';

const maxSelectableFields = 8;
const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const simplePath = /^(\.[A-Za-z_][A-Za-z0-9_-]*)+$/;
// What the printer of tables reads; see json-path.ts of the server.
const columnPath =
  /^\{?(\.(?:[^.[\]\\{}]|\\.)+|\['(?:[^'\\]|\\.)*'\]|\[-?\d+\]|\[(?:\*|(?:-?\d+)?:(?:-?\d+)?)\]|\[\?\(@(?:\.[A-Za-z0-9_-]+)+\s*==\s*["'][^"']*["']\)\])+\}?$/;

const schemaAt = (schema: WrittenSchema | undefined, path: string): WrittenSchema | undefined => {
  let at: WrittenSchema | undefined = schema;
  for (const step of path.slice(1).split('.')) at = (at?.properties as Record<string, WrittenSchema> | undefined)?.[step];
  return at;
};

const checkColumns = (report: FieldReport, { additionalPrinterColumns: columns = [] }: DefinitionVersion, path: string): void => {
  for (const [index, { name, type, jsonPath, format }] of columns.entries()) {
    const here = `${path}.additionalPrinterColumns[${index}]`;
    if (name === '') report.required(`${here}.name`);
    if (!columnTypes.includes(type)) report.notSupported(`${here}.type`, type, columnTypes);
    if (format !== undefined && format !== '' && !columnFormats.includes(format))
      report.notSupported(`${here}.format`, format, columnFormats);
    if (!columnPath.test(jsonPath)) report.invalid(`${here}.jsonPath`, jsonPath, 'must be a simple json path, for example .spec.size');
  }
};

const checkScale = (report: FieldReport, { subresources }: DefinitionVersion, path: string): void => {
  const scale = subresources?.scale;
  if (scale === undefined) return;
  const here = `${path}.subresources.scale`;
  const below = (field: string, value: string, roots: readonly string[]): void => {
    if (value === '') {
      report.required(`${here}.${field}`);
      return;
    }
    if (!simplePath.test(value)) {
      report.invalid(`${here}.${field}`, value, 'should be a simple json path without array notation');
      return;
    }
    if (!roots.some((root) => value.startsWith(root)))
      report.invalid(`${here}.${field}`, value, `should be a json path under ${roots.map((root) => root.slice(0, -1)).join(' or ')}`);
  };
  below('specReplicasPath', scale.specReplicasPath, ['.spec.']);
  below('statusReplicasPath', scale.statusReplicasPath, ['.status.']);
  if (scale.labelSelectorPath !== undefined && scale.labelSelectorPath !== '')
    below('labelSelectorPath', scale.labelSelectorPath, ['.spec.', '.status.']);
};

const checkSelectable = (report: FieldReport, { selectableFields = [], schema }: DefinitionVersion, path: string): void => {
  const root = schema?.openAPIV3Schema;
  if (selectableFields.length > maxSelectableFields)
    report.invalid(`${path}.selectableFields`, selectableFields.length, `must have at most ${maxSelectableFields} items`);
  const seen = new Set<string>();
  for (const [index, { jsonPath }] of selectableFields.entries()) {
    const here = `${path}.selectableFields[${index}].jsonPath`;
    if (seen.has(jsonPath)) report.duplicate(here, jsonPath);
    seen.add(jsonPath);
    if (!simplePath.test(jsonPath)) {
      report.invalid(here, jsonPath, 'is an invalid path: must be a simple json path without array notation');
      continue;
    }
    if (jsonPath.startsWith('.metadata')) {
      report.invalid(here, jsonPath, 'is an invalid path: must not point to fields in metadata');
      continue;
    }
    const found = schemaAt(root, jsonPath);
    if (found === undefined) report.invalid(here, jsonPath, 'is an invalid path: does not refer to a valid field');
    else if (!['string', 'boolean', 'integer'].includes(String(found.type)))
      report.invalid(here, jsonPath, 'is an invalid path: must point to a field of type string, boolean or integer');
  }
};

/** The paths that a version names: of columns, of the scale subresource, and of fields that selectors may use. */
export function checkVersionPaths(report: FieldReport, version: DefinitionVersion, path: string): void {
  checkColumns(report, version, path);
  checkScale(report, version, path);
  checkSelectable(report, version, path);
}
