/**
 * Writes the JSON Schemas of contracts' kinds to `packages/contracts/generated/`.
 * `--check` writes nothing and exits 1 when the files differ from what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { builtinRows } from '../packages/contracts/src/builtin/table.ts';
import { type KindRow, kindRows, wholeSchema } from '../packages/contracts/src/kinds/table.ts';

const toKind = (row: KindRow): unknown => ({
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
});

const folder = new URL('../packages/contracts/generated/', import.meta.url);
const outputs = { 'kinds.json': kindRows, 'builtin.json': builtinRows };
let stale = false;
for (const [file, rows] of Object.entries(outputs)) {
  const text = `${JSON.stringify(rows.map(toKind), null, 1)}\n`;
  const target = new URL(file, folder);
  if (process.argv.includes('--check')) {
    if (readFileSync(target, 'utf8') === text) continue;
    console.error(`packages/contracts/generated/${file} is not what the schemas say: run npm run generate`);
    stale = true;
  } else writeFileSync(target, text);
}
process.exit(stale ? 1 : 0);
