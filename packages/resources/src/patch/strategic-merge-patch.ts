import { childSchema, itemSchema, withMetadata } from '../fields/index.ts';
import { invalid, type Schema } from '../model/index.ts';
import { identifier, listStrategy, orderItems } from './merge-lists.ts';
import { type Fields, isFields, isForbiddenKey, requireDepth } from './patch-limits.ts';

const directive = '$patch';
const retainKeys = '$retainKeys';
const setElementOrder = '$setElementOrder/';
const deleteFromPrimitiveList = '$deleteFromPrimitiveList/';

const isDirective = (key: string): boolean =>
  key === directive || key === retainKeys || key.startsWith(setElementOrder) || key.startsWith(deleteFromPrimitiveList);

const directiveOf = (patch: Fields): 'merge' | 'replace' | 'delete' => {
  const value = patch[directive] ?? 'merge';
  if (value === 'merge' || value === 'replace' || value === 'delete') return value;
  throw invalid(`Unknown patch type found: ${String(value).slice(0, 50)}: $patch is merge, replace or delete`);
};

const listOf = (patch: Fields, key: string): unknown[] | undefined => {
  const value = patch[key];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalid(`${key} of the patch must be a list`);
  return value;
};

const withoutDirectives = (patch: Fields): Fields => Object.fromEntries(Object.entries(patch).filter(([key]) => !isDirective(key)));

const retained = (target: Fields, patch: Fields): Fields => {
  const keys = listOf(patch, retainKeys);
  if (keys === undefined) return { ...target };
  const stray = Object.keys(withoutDirectives(patch)).find((key) => patch[key] !== null && !keys.includes(key));
  if (stray !== undefined)
    throw invalid(`$retainKeys of the patch does not name ${JSON.stringify(stray.slice(0, 100))}, which the patch sets`);
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
};

const mergeItems = (
  target: readonly unknown[],
  patch: readonly unknown[],
  { schema, depth }: { schema: Schema; depth: number },
): unknown[] => {
  const strategy = listStrategy(schema);
  const identify = identifier(strategy);
  const directives = strategy.by === 'key' ? patch.map((item) => (isFields(item) ? directiveOf(item) : 'merge')) : [];
  if (strategy.by === 'nothing' || directives.includes('replace'))
    return patch
      .filter((item) => !(isFields(item) && Object.hasOwn(item, directive)))
      .map((item) => mergeValue(undefined, item, { schema: itemSchema(schema), depth: depth + 1 }));
  const items = new Map(target.map((item) => [identify(item), item]));
  for (const [index, item] of patch.entries()) {
    const id = identify(item);
    if (directives[index] === 'delete') items.delete(id);
    else items.set(id, mergeValue(items.get(id), item, { schema: itemSchema(schema), depth: depth + 1 }));
  }
  return [...items.values()];
};

/** A list with what the patch says about it: removed primitives, merged items, order. */
const patchList = (
  target: unknown,
  { patch, key, schema, depth }: { patch: Fields; key: string; schema: Schema; depth: number },
): unknown => {
  const before = Array.isArray(target) ? target : [];
  const removed = new Set(listOf(patch, `${deleteFromPrimitiveList}${key}`)?.map((item) => JSON.stringify(item)));
  const kept = removed.size === 0 ? before : before.filter((item) => !removed.has(JSON.stringify(item)));
  const items = listOf(patch, key);
  const merged = items === undefined ? kept : mergeItems(kept, items, { schema, depth });
  const order = listOf(patch, `${setElementOrder}${key}`);
  const strategy = listStrategy(schema);
  if (order === undefined || strategy.by === 'nothing') return merged;
  return orderItems(merged, { before, order, identify: identifier(strategy) });
};

const fieldOf = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);

const nameOf = (key: string): string =>
  key.startsWith(setElementOrder) || key.startsWith(deleteFromPrimitiveList) ? key.slice(key.indexOf('/') + 1) : key;

/** Sets, merges or removes one field of an object that the caller owns. */
const patchField = (
  merged: Fields,
  { patch, name, schema, depth }: { patch: Fields; name: string; schema: Schema; depth: number },
): void => {
  const at = { schema: childSchema(schema, name), depth: depth + 1 };
  const value = fieldOf(patch, name);
  const present = fieldOf(merged, name);
  if (value === null) delete merged[name];
  else if (Array.isArray(value)) merged[name] = patchList(present, { patch, key: name, ...at });
  else if (value !== undefined) merged[name] = mergeValue(present, value, at);
  // Only directives name it: an order alone makes no list where there is none.
  else if (present !== undefined) merged[name] = patchList(present, { patch, key: name, ...at });
};

const mergeFields = (target: Fields, patch: Fields, { schema, depth }: { schema: Schema; depth: number }): Fields => {
  const kind = directiveOf(patch);
  if (kind === 'delete') return {};
  if (kind === 'replace') return withoutDirectives(patch);
  const merged = retained(target, patch);
  const names = new Set(
    Object.keys(patch)
      .filter((key) => key !== directive && key !== retainKeys)
      .map(nameOf),
  );
  for (const name of names) if (!isForbiddenKey(name)) patchField(merged, { patch, name, schema, depth });
  return merged;
};

const mergeValue = (target: unknown, patch: unknown, at: { schema: Schema; depth: number }): unknown => {
  requireDepth(at.depth);
  if (isFields(patch)) return mergeFields(isFields(target) ? target : {}, patch, at);
  return Array.isArray(patch) ? mergeItems(Array.isArray(target) ? target : [], patch, at) : patch;
};

/**
 * Strategic merge patch: objects merge, null removes, lists merge where the schema says by which key (`x-kubernetes-patch-merge-key`, else the
 * keys of server-side apply) and are replaced elsewhere. `schema` is a kind's schema; metadata is known beside it.
 */
export const strategicMergePatch = (target: unknown, patch: unknown, schema: Schema): unknown => {
  if (!isFields(patch)) throw invalid('a strategic merge patch must be an object');
  return mergeValue(target, patch, { schema: withMetadata(schema), depth: 0 });
};
