import { isProblem, type Key, type Kind, type Page, Problem, type Resource, systemClock, traceStep } from '@fairway/resources/model';
import type {
  CallOptions,
  ClientParts,
  ClusterClient,
  ClusterQuery,
  ListOptions,
  LogOptions,
  Patch,
  RemoveOptions,
  WatchOptions,
  WriteOptions,
} from './cluster-client.ts';
import { type ConnectionOptions, createConnection } from './connection.ts';
import { createFollower, type FollowOptions } from './follow.ts';
import { passedHeaders } from './passed-headers.ts';
import { problemOfAnswer } from './problem-of-answer.ts';
import { queryText, resourcePath } from './resource-path.ts';
import { type ClusterEvent, readWatch } from './watch-stream.ts';

export interface ClusterClientOptions extends ConnectionOptions {
  clock?: ClientParts['clock'];
  random?: ClientParts['random'];
}

// 500 objects a page, as client-go has it: large enough to be quick, small enough for a server's memory.
const pageSize = 500;
const watchIdleTimeoutMs = 90_000;
const contentTypeOf = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
} as const satisfies Record<Patch['type'], string>;
const propagationWord = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;

const callOf = (options: CallOptions): { signal?: AbortSignal; timeoutMs?: number } => ({
  ...(options.signal === undefined ? {} : { signal: options.signal }),
  ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
});

const selectors = (query: ClusterQuery) => ({ labelSelector: query.labelSelector, fieldSelector: query.fieldSelector });

const placeOf = (object: Resource, options: WriteOptions) => ({
  ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
  ...(options.subresource === undefined ? {} : { subresource: options.subresource }),
});

interface ListBody<R> {
  items?: R[] | null;
  metadata?: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
}

function readJson<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Problem({ reason: 'unavailable', message: 'the cluster answered something that is not JSON', cause });
  }
}

async function listPages<R>({ connection }: ClientParts, kind: Kind, options: ListOptions): Promise<Page<R>> {
  const items: R[] = [];
  const path = resourcePath(kind, options.namespace === undefined ? {} : { namespace: options.namespace });
  let token = options.continue;
  for (;;) {
    const limit = Math.min(pageSize, (options.limit ?? Number.POSITIVE_INFINITY) - items.length);
    const query = queryText({ ...selectors(options), limit, continue: token });
    const { text } = await connection.exchange({ method: 'GET', path: path + query, ...callOf(options) });
    const body = readJson<ListBody<R>>(text);
    // Items of built-in kinds' lists come without apiVersion and kind; readers of one object must not have to care.
    for (const item of body.items ?? [])
      items.push({ apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`, kind: kind.kind, ...item });
    const next = body.metadata?.continue;
    const resourceVersion = body.metadata?.resourceVersion ?? '';
    if (next === undefined || next === '') return { items, resourceVersion };
    if (options.limit !== undefined && items.length >= options.limit)
      return {
        items,
        resourceVersion,
        continue: next,
        ...(body.metadata?.remainingItemCount === undefined ? {} : { remainingItemCount: body.metadata.remainingItemCount }),
      };
    token = next;
  }
}

async function write<R>(
  { connection }: ClientParts,
  method: string,
  call: { path: string; contentType: string; body: unknown; options: WriteOptions & { force?: boolean } },
): Promise<R> {
  const { path, contentType, body, options } = call;
  const query = queryText({
    fieldManager: options.fieldManager,
    force: options.force,
    dryRun: options.dryRun === true ? 'All' : undefined,
  });
  const { text } = await connection.exchange({
    method,
    path: path + query,
    headers: { 'content-type': contentType },
    body: JSON.stringify(body),
    ...callOf(options),
  });
  return readJson<R>(text);
}

async function remove({ connection }: ClientParts, path: string, options: RemoveOptions): Promise<boolean> {
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(options.propagation === undefined ? {} : { propagationPolicy: propagationWord[options.propagation] }),
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.expect === undefined ? {} : { preconditions: options.expect }),
    ...(options.dryRun === true ? { dryRun: ['All'] } : {}),
  };
  try {
    await connection.exchange({
      method: 'DELETE',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...callOf(options),
    });
    return true;
  } catch (error) {
    if (isProblem(error, 'not-found')) return false;
    throw error;
  }
}

/** Reads a short error body of a stream that was refused. */
async function refusal(answer: {
  status: number;
  headers: Record<string, unknown>;
  body: AsyncIterable<Buffer> & { destroy(): unknown };
}): Promise<Problem> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 64 * 1024) break;
  }
  answer.body.destroy();
  const retryAfter = answer.headers['retry-after'];
  return problemOfAnswer(answer.status, Buffer.concat(chunks).toString('utf8'), typeof retryAfter === 'string' ? retryAfter : undefined);
}

async function* watchOnce<R>({ connection }: ClientParts, kind: Kind, options: WatchOptions): AsyncGenerator<ClusterEvent<R>> {
  const query = queryText({
    watch: true,
    allowWatchBookmarks: true,
    ...selectors(options),
    resourceVersion: options.resourceVersion,
    timeoutSeconds: options.timeoutSeconds,
  });
  const path = resourcePath(kind, options.namespace === undefined ? {} : { namespace: options.namespace });
  const answer = await connection.open({ method: 'GET', path: path + query, signal: options.signal });
  if (answer.status !== 200) throw await refusal(answer);
  try {
    yield* readWatch<R>(answer.body, options.idleTimeoutMs ?? watchIdleTimeoutMs);
  } catch (error) {
    // An abort is how a watch is meant to end.
    if (options.signal.aborted) return;
    if (isProblem(error)) throw error;
    throw new Problem({ reason: 'unavailable', message: `a watch of ${kind.plural} broke off: ${(error as Error).message}`, cause: error });
  }
}

async function* readLogs({ connection }: ClientParts, pod: Key, options: LogOptions): AsyncGenerator<Uint8Array> {
  const { signal, ...query } = options;
  const path = resourcePath(podPath, { ...pod, subresource: 'log' });
  const answer = await connection.open({ method: 'GET', path: path + queryText(query), ...(signal === undefined ? {} : { signal }) });
  if (answer.status !== 200) throw await refusal(answer);
  try {
    yield* answer.body as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (signal?.aborted === true) return;
    throw new Problem({ reason: 'unavailable', message: `the log of ${pod.name} broke off: ${(error as Error).message}`, cause: error });
  } finally {
    answer.body.destroy();
  }
}

const podPath = { group: '', version: 'v1', plural: 'pods', namespaced: true };

type Writes = Pick<ClusterClient, 'create' | 'replace' | 'patch' | 'apply' | 'remove'>;

/** The methods that change something. */
function writes(parts: ClientParts): Writes {
  const json = 'application/json';
  const pathOf = (kind: Kind, object: Resource, call: WriteOptions) =>
    resourcePath(kind, { name: object.metadata.name, ...placeOf(object, call) });
  return {
    create: (kind, object, call = {}) =>
      write(parts, 'POST', { path: resourcePath(kind, placeOf(object, call)), contentType: json, body: object, options: call }),
    replace: (kind, object, call = {}) =>
      write(parts, 'PUT', { path: pathOf(kind, object, call), contentType: json, body: object, options: call }),
    patch: (kind, key, { type, body, ...call }) =>
      write(parts, 'PATCH', {
        path: resourcePath(kind, { ...key, ...(call.subresource === undefined ? {} : { subresource: call.subresource }) }),
        contentType: contentTypeOf[type],
        body,
        options: call,
      }),
    apply: (kind, object, call) =>
      write(parts, 'PATCH', { path: pathOf(kind, object, call), contentType: 'application/apply-patch+yaml', body: object, options: call }),
    remove: (kind, key, call = {}) => remove(parts, resourcePath(kind, key), call),
  };
}

/** Each write is a step that is named after its verb and kind. */
const traced = ({ create, replace, patch, apply, remove }: Writes): Writes => ({
  create: (kind, ...rest) => traceStep(`cluster create ${kind.kind}`, () => create(kind, ...rest)),
  replace: (kind, ...rest) => traceStep(`cluster replace ${kind.kind}`, () => replace(kind, ...rest)),
  patch: (kind, ...rest) => traceStep(`cluster patch ${kind.kind}`, () => patch(kind, ...rest)),
  apply: (kind, ...rest) => traceStep(`cluster apply ${kind.kind}`, () => apply(kind, ...rest)),
  remove: (kind, ...rest) => traceStep(`cluster remove ${kind.kind}`, () => remove(kind, ...rest)),
});

/** A client of one cluster. Holds sockets only; `close()` when it is no longer needed. */
export function createClusterClient(options: ClusterClientOptions): ClusterClient {
  const connection = createConnection(options);
  const parts: ClientParts = { connection, clock: options.clock ?? systemClock, random: options.random ?? Math.random };
  return {
    ...traced(writes(parts)),
    get: async (kind, key, call = {}) => {
      try {
        const { text } = await connection.exchange({ method: 'GET', path: resourcePath(kind, key), ...callOf(call) });
        return readJson(text);
      } catch (error) {
        if (isProblem(error, 'not-found')) return undefined;
        throw error;
      }
    },
    list: (kind, query = {}) => listPages(parts, kind, query),
    watch: (kind, query) => watchOnce(parts, kind, query),
    follow: <R extends Resource>(kind: Kind, query: ClusterQuery, follow: FollowOptions<R>) =>
      createFollower<R>(
        {
          list: (call) => listPages(parts, kind, call),
          watch: (call) => watchOnce(parts, kind, call),
          clock: parts.clock,
          random: parts.random,
        },
        query,
        follow,
      ),
    logs: (pod, call = {}) => readLogs(parts, pod, call),
    version: async (call = {}) => readJson((await connection.exchange({ method: 'GET', path: '/version', ...callOf(call) })).text),
    raw: (request) => connection.open({ ...request, headers: passedHeaders(request.headers) }),
    close: () => connection.close(),
  };
}
