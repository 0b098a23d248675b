import { isDeepStrictEqual } from 'node:util';
import { invalid } from '../model/index.ts';
import { isFields, isForbiddenKey } from './patch-limits.ts';

const maxOperations = 10_000;
/** `copy` can double a document with each operation; Kubernetes bounds the sum of copies too. */
const maxCopiedChars = 3 * 1024 * 1024;

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}
interface Patching {
  document: unknown;
  copiedChars: number;
}
type Container = Record<string, unknown> | unknown[];

const fail = (operation: string, path: string, why: string) =>
  invalid(`${operation} operation does not apply: ${why}: ${JSON.stringify(path.slice(0, 200))}`);

const tokensOf = (operation: string, path: string): string[] => {
  if (path === '') return [];
  if (!path.startsWith('/')) throw fail(operation, path, 'a path must be empty or start with a slash');
  const tokens = path
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (tokens.some(isForbiddenKey)) throw fail(operation, path, 'this key is not allowed in a path');
  return tokens;
};

const indexOf = (list: readonly unknown[], token: string, limit = list.length - 1): number | undefined => {
  const index = /^(0|[1-9]\d{0,8})$/.test(token) ? Number(token) : undefined;
  return index !== undefined && index <= limit ? index : undefined;
};

const childOf = (value: unknown, token: string): { value: unknown } | undefined => {
  if (Array.isArray(value)) {
    const index = indexOf(value, token);
    return index === undefined ? undefined : { value: value[index] };
  }
  return isFields(value) && Object.hasOwn(value, token) ? { value: value[token] } : undefined;
};

const valueAt = ({ document }: Patching, operation: string, path: string): unknown => {
  let found: { value: unknown } | undefined = { value: document };
  for (const token of tokensOf(operation, path)) {
    found = childOf(found.value, token);
    if (found === undefined) throw fail(operation, path, 'the document has no such path');
  }
  return found.value;
};

const parentOf = ({ document }: Patching, operation: string, path: string): { parent: Container; token: string } => {
  const tokens = tokensOf(operation, path);
  const token = tokens.pop() ?? '';
  let parent: unknown = document;
  for (const step of tokens) parent = childOf(parent, step)?.value;
  if (!Array.isArray(parent) && !isFields(parent)) throw fail(operation, path, 'the document has no place for this path');
  return { parent, token };
};

const addAt = (patching: Patching, operation: string, { path, value }: { path: string; value: unknown }): void => {
  if (path === '') {
    patching.document = value;
    return;
  }
  const { parent, token } = parentOf(patching, operation, path);
  if (!Array.isArray(parent)) {
    parent[token] = value;
    return;
  }
  const index = token === '-' ? parent.length : indexOf(parent, token, parent.length);
  if (index === undefined) throw fail(operation, path, 'the index is outside of the list');
  parent.splice(index, 0, value);
};

const removeAt = (patching: Patching, operation: string, path: string): unknown => {
  const removed = valueAt(patching, operation, path);
  if (path === '') {
    patching.document = null;
    return removed;
  }
  const { parent, token } = parentOf(patching, operation, path);
  if (Array.isArray(parent)) parent.splice(Number(token), 1);
  else delete parent[token];
  return removed;
};

const replaceAt = (patching: Patching, { path, value }: { path: string; value: unknown }): void => {
  valueAt(patching, 'replace', path);
  if (path === '') {
    patching.document = value;
    return;
  }
  const { parent, token } = parentOf(patching, 'replace', path);
  if (Array.isArray(parent)) parent[Number(token)] = value;
  else parent[token] = value;
};

const copyOf = (patching: Patching, from: string): unknown => {
  const text = JSON.stringify(valueAt(patching, 'copy', from));
  patching.copiedChars += text.length;
  if (patching.copiedChars > maxCopiedChars)
    throw invalid(`the copy operations of the patch make more than ${maxCopiedChars} characters: send the values instead`);
  return JSON.parse(text);
};

const moveTo = (patching: Patching, from: string, path: string): void => {
  if (path.startsWith(`${from}/`)) throw fail('move', path, 'a value cannot be moved into itself');
  addAt(patching, 'move', { path, value: removeAt(patching, 'move', from) });
};

const parseOperation = (operation: unknown, index: number): Operation => {
  if (!isFields(operation)) throw invalid(`operation ${index} of the patch is no object`);
  const { op, path, from } = operation;
  if (typeof op !== 'string' || typeof path !== 'string') throw invalid(`operation ${index} of the patch needs the texts "op" and "path"`);
  if ((op === 'move' || op === 'copy') && typeof from !== 'string') throw invalid(`operation ${index} of the patch needs the text "from"`);
  if ((op === 'add' || op === 'replace' || op === 'test') && !Object.hasOwn(operation, 'value'))
    throw invalid(`operation ${index} of the patch needs a "value"`);
  return { op, path, ...(typeof from === 'string' ? { from } : {}), value: operation.value };
};

const testAt = (patching: Patching, path: string, value: unknown): void => {
  if (!isDeepStrictEqual(valueAt(patching, 'test', path), value)) throw invalid(`testing value ${path.slice(0, 200)} failed: test failed`);
};

const verbs: Readonly<Record<string, (patching: Patching, operation: Operation) => void>> = {
  add: (patching, { path, value }) => addAt(patching, 'add', { path, value: structuredClone(value) }),
  remove: (patching, { path }) => {
    removeAt(patching, 'remove', path);
  },
  replace: (patching, { path, value }) => replaceAt(patching, { path, value: structuredClone(value) }),
  move: (patching, { path, from = '' }) => moveTo(patching, from, path),
  copy: (patching, { path, from = '' }) => addAt(patching, 'copy', { path, value: copyOf(patching, from) }),
  test: (patching, { path, value }) => testAt(patching, path, value),
};

const applyOperation = (patching: Patching, operation: Operation): void => {
  const verb = Object.hasOwn(verbs, operation.op) ? verbs[operation.op] : undefined;
  if (verb === undefined)
    throw invalid(`Unexpected kind: ${operation.op.slice(0, 50)}: an operation is one of ${Object.keys(verbs).join(', ')}`);
  verb(patching, operation);
};

/** JSON patch (RFC 6902): all operations, in order, or none. */
export const jsonPatch = (target: unknown, operations: unknown): unknown => {
  if (!Array.isArray(operations)) throw invalid('a JSON patch must be an array of operations');
  if (operations.length > maxOperations)
    throw invalid(`The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}: split the patch`);
  const patching: Patching = { document: structuredClone(target), copiedChars: 0 };
  for (const [index, operation] of operations.entries()) applyOperation(patching, parseOperation(operation, index));
  return patching.document;
};
