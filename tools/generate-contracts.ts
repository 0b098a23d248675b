/**
 * Writes the JSON Schemas of contracts' kinds to `packages/contracts/generated/`.
 * `--check` writes nothing and exits 1 when the files differ from what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { builtinRows } from '../packages/contracts/src/builtin/table.ts';
import { type KindRow, kindRows, wholeSchema } from '../packages/contracts/src/kinds/table.ts';
import { openChoreoDocument } from '../packages/contracts/src/openchoreo/document.ts';
import * as requests from '../packages/contracts/src/openchoreo/requests.ts';
import * as views from '../packages/contracts/src/openchoreo/views.ts';

const toKind = (row: KindRow) => ({
  group: row.group,
  version: row.version,
  kind: row.kind,
  plural: row.plural ?? `${row.kind.toLowerCase()}s`,
  singular: row.kind.toLowerCase(),
  shortNames: row.shortNames ?? [],
  categories: row.categories ?? [],
  namespaced: row.clusterScoped !== true,
  schema: wholeSchema(row),
  hasStatus: row.status !== undefined,
  selectableFields: row.selectableFields ?? [],
  columns: (row.columns ?? []).map(([name, jsonPath, type, priority]) => ({
    name,
    jsonPath,
    type: type ?? 'string',
    ...(priority === undefined ? {} : { priority }),
  })),
  subresources: row.subresources ?? [],
  ...(row.scale === undefined ? {} : { scale: row.scale }),
});

/** Names without schemas, which most processes never look at, and the schemas by kind and group. */
const withoutSchema = ({ schema, ...names }: ReturnType<typeof toKind>): unknown => names;
const schemasOf = (kinds: readonly ReturnType<typeof toKind>[]): unknown =>
  Object.fromEntries(kinds.map(({ kind, group, schema }) => [`${kind}.${group}`, schema]));

const byName = (schemas: readonly object[]): unknown =>
  Object.fromEntries(schemas.map((schema) => [(schema as { $id?: string }).$id ?? '', schema]));

const folder = new URL('../packages/contracts/generated/', import.meta.url);
const builtin = builtinRows.map(toKind);
const outputs: Readonly<Record<string, unknown>> = {
  'kinds.json': kindRows.map(toKind),
  'builtin.json': builtin.map(withoutSchema),
  'builtin-schemas.json': schemasOf(builtin),
  // Bodies and answers of OpenChoreo's routes by their names, for the surface's checks; and the document that clients are generated from.
  'openchoreo.json': { requests: byName(Object.values(requests)), views: byName(Object.values(views)) },
  'openapi-choreo.json': openChoreoDocument(),
};
let stale = false;
for (const [file, value] of Object.entries(outputs)) {
  const text = `${JSON.stringify(value, null, 1)}\n`;
  const target = new URL(file, folder);
  if (process.argv.includes('--check')) {
    if (readFileSync(target, 'utf8') === text) continue;
    console.error(`packages/contracts/generated/${file} is not what the schemas say: run npm run generate`);
    stale = true;
  } else writeFileSync(target, text);
}
process.exit(stale ? 1 : 0);
