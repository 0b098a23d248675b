import type { AnyResource, ListQuery, TextPage } from '@fairway/resources/model';
import { apiVersionOf } from '@fairway/resources/model';
import { answer, answerParts, authorize, type Exchange } from './exchange.ts';
import { negotiate } from './negotiate.ts';
import { keyOfTarget, type ResourceTarget } from './resource-target.ts';
import { badRequest, objectNotFound, protocolProblem } from './status-problem.ts';
import { createTablePrinter, type IncludeObject, isIncludeObject, metadataOnly } from './table.ts';

export const parsed = (text: string): AnyResource => JSON.parse(text) as AnyResource;

export function includeObject(query: URLSearchParams): IncludeObject {
  const wanted = query.get('includeObject') || 'Metadata';
  if (!isIncludeObject(wanted))
    throw badRequest(
      `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(wanted)}: must be 'Metadata', 'Object', 'None', or empty`,
    );
  return wanted;
}

/** Answers one object in the form that the client asked for. */
export function answerObject(exchange: Exchange, target: ResourceTarget, { code = 200, text }: { code?: number; text: string }): void {
  const form = negotiate(exchange.request.headers.accept);
  if (form === 'object') {
    answer(exchange, code, text);
    return;
  }
  const object = parsed(text);
  if (form === 'metadata') {
    answer(exchange, code, metadataOnly(object));
    return;
  }
  const print = createTablePrinter(target.served.kind, includeObject(exchange.query), exchange.options.tables);
  const { resourceVersion } = object.metadata;
  answer(exchange, code, print([object], resourceVersion === undefined ? {} : { resourceVersion }, exchange.clock.now()));
}

export async function getObject(exchange: Exchange, target: ResourceTarget & { name: string }): Promise<void> {
  const allowed = authorize(exchange, 'get', target);
  if (allowed !== undefined) await allowed;
  const text = await target.served.source.getText(keyOfTarget(target), exchange.context.caller);
  if (text === undefined) throw objectNotFound(target.served.kind, target.name);
  answerObject(exchange, target, { text });
}

const wholeNumber = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
};

export const timeoutSeconds = (query: URLSearchParams): number | undefined => wholeNumber(query, 'timeoutSeconds');

/** Namespace and selectors of a request. */
export function selection(
  target: ResourceTarget,
  query: URLSearchParams,
): Pick<ListQuery, 'namespace' | 'labelSelector' | 'fieldSelector'> {
  const labelSelector = query.get('labelSelector') ?? '';
  const fieldSelector = query.get('fieldSelector') ?? '';
  return {
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    ...(labelSelector === '' ? {} : { labelSelector }),
    ...(fieldSelector === '' ? {} : { fieldSelector }),
  };
}

/** A list is always of now, so "not older than" holds, unless the version is one that this store has not reached. */
function checkListVersion(page: TextPage, query: URLSearchParams): void {
  const asked = query.get('resourceVersion') ?? '';
  if (asked === '' || asked === '0') return;
  if (!/^\d{1,20}$/.test(asked)) throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(asked)}`);
  if (query.get('resourceVersionMatch') === 'Exact' && asked !== page.resourceVersion)
    throw protocolProblem(
      'Expired',
      `The provided resource version is too old: only the present one (${page.resourceVersion}) can be listed`,
    );
  if (BigInt(asked) > BigInt(page.resourceVersion || '0'))
    throw protocolProblem('Timeout', `Too large resource version: ${asked}, current: ${page.resourceVersion}`);
}

const listMeta = ({ resourceVersion, continue: next, remainingItemCount }: TextPage) => ({
  resourceVersion,
  ...(next === undefined ? {} : { continue: next }),
  ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
});

export async function listObjects(exchange: Exchange, target: ResourceTarget): Promise<void> {
  const allowed = authorize(exchange, 'list', target);
  if (allowed !== undefined) await allowed;
  const { kind, source } = target.served;
  const { accept } = exchange.request.headers;
  const form = negotiate(accept);
  if (form === 'metadata' && !accept?.includes('as=PartialObjectMetadataList'))
    throw protocolProblem('NotAcceptable', `you requested PartialObjectMetadata, but the requested object is a list (${kind.kind}List)`);
  const limit = wholeNumber(exchange.query, 'limit');
  const next = exchange.query.get('continue') ?? '';
  const page = await source.listText(
    {
      ...selection(target, exchange.query),
      ...(limit === undefined || limit === 0 ? {} : { limit }),
      ...(next === '' ? {} : { continue: next }),
    },
    exchange.context.caller,
  );
  checkListVersion(page, exchange.query);
  const metadata = listMeta(page);
  if (form === 'table') {
    const print = createTablePrinter(kind, includeObject(exchange.query), exchange.options.tables);
    return answer(exchange, 200, print(page.items.map(parsed), metadata, exchange.clock.now()));
  }
  if (form === 'metadata') {
    const items = page.items.map((text) => metadataOnly(parsed(text)));
    return answer(exchange, 200, { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items });
  }
  const head = JSON.stringify({ kind: `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata });
  answerParts(exchange, 200, [`${head.slice(0, -1)},"items":`, joined(page.items)]);
}

const joinedTexts = new WeakMap<readonly string[], Buffer>();

/** The stored texts go out as they are: parsing and printing them again would cost most of a list's time. A page that the store answers again is joined once. */
const joined = (items: readonly string[]): Buffer => {
  const known = joinedTexts.get(items) ?? bytesOf(`[${items.join(',')}]}`);
  joinedTexts.set(items, known);
  return known;
};

/** Memory of their own: `Buffer.from` cuts small ones out of a block of 64 KiB, which would stay with each that is kept. */
const bytesOf = (text: string): Buffer => {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
};
