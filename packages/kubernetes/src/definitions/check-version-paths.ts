import type { DefinitionVersion, WrittenSchema } from './definition.ts';
import type { FieldReport } from './field-report.ts';

const maxSelectableFields = 8;
const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const simplePath = /^(\.[A-Za-z_][A-Za-z0-9_-]*)+$/;

/** Where each part stands, as a problem says it. */
interface Places {
  columns: string;
  subresources: string;
  selectable: string;
}

const schemaAt = (schema: WrittenSchema | undefined, path: string): WrittenSchema | undefined => {
  let at: WrittenSchema | undefined = schema;
  for (const step of path.slice(1).split('.')) at = (at?.properties as Record<string, WrittenSchema> | undefined)?.[step];
  return at;
};

const checkColumns = (report: FieldReport, { additionalPrinterColumns: columns = [] }: DefinitionVersion, path: string): void => {
  for (const [index, { name, type, jsonPath, format = '' }] of columns.entries()) {
    const here = `${path}[${index}]`;
    if (name === '') report.required(`${here}.name`);
    if (!columnTypes.includes(type)) report.invalid(`${here}.type`, type, `must be one of ${columnTypes.join(',')}`);
    if (format !== '' && !columnFormats.includes(format))
      report.invalid(`${here}.format`, format, `must be one of ${columnFormats.join(',')}`);
    if (!jsonPath.startsWith('.')) report.invalid(`${here}.JSONPath`, jsonPath, 'must be a simple json path starting with .');
  }
};

const checkScale = (report: FieldReport, { subresources }: DefinitionVersion, path: string): void => {
  const scale = subresources?.scale;
  if (scale === undefined) return;
  const below = (field: string, value: string, { roots, what }: { roots: readonly string[]; what: string }): void => {
    const here = `${path}.scale.${field}`;
    if (value === '') report.required(here);
    else if (!roots.some((root) => value.startsWith(root))) report.invalid(here, value, `should be a json path under ${what}`);
    else if (!simplePath.test(value)) report.invalid(here, value, 'should be a simple json path without array notation');
  };
  below('specReplicasPath', scale.specReplicasPath, { roots: ['.spec.'], what: '.spec' });
  below('statusReplicasPath', scale.statusReplicasPath, { roots: ['.status.'], what: '.status' });
  if (scale.labelSelectorPath !== undefined && scale.labelSelectorPath !== '')
    below('labelSelectorPath', scale.labelSelectorPath, { roots: ['.spec.', '.status.'], what: 'either .spec or .status' });
};

const checkSelectable = (report: FieldReport, { selectableFields = [], schema }: DefinitionVersion, path: string): void => {
  if (selectableFields.length > maxSelectableFields)
    report.invalid(path, selectableFields.length, `must have at most ${maxSelectableFields} items`);
  const seen = new Set<string>();
  for (const [index, { jsonPath }] of selectableFields.entries()) {
    const here = `${path}[${index}].jsonPath`;
    if (seen.has(jsonPath)) report.duplicate(here, jsonPath);
    seen.add(jsonPath);
    const isOwn = simplePath.test(jsonPath) && !jsonPath.startsWith('.metadata');
    const found = isOwn ? schemaAt(schema?.openAPIV3Schema, jsonPath) : undefined;
    if (found === undefined) report.invalid(here, jsonPath, 'is an invalid path: does not refer to a valid field');
    else if (!['string', 'boolean', 'integer'].includes(String(found.type)))
      report.invalid(
        here,
        jsonPath,
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      );
  }
};

/** The paths that a version names: of columns, of the scale subresource, and of fields that selectors may use. */
export function checkVersionPaths(report: FieldReport, version: DefinitionVersion, places: Places): void {
  checkColumns(report, version, places.columns);
  checkScale(report, version, places.subresources);
  checkSelectable(report, version, places.selectable);
}
