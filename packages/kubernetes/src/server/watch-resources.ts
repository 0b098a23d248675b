import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { apiVersionOf, isProblem, type Kind, kindId, Problem, type WatchEvent } from '@fairway/resources/model';
import { authorize, type Exchange, writeHead } from './exchange.ts';
import { type Form, negotiate } from './negotiate.ts';
import { includeObject, parsed, selection, timeoutSeconds } from './read-resources.ts';
import { internalError, renderProblem } from './render-problem.ts';
import type { ResourceTarget } from './resource-target.ts';
import { badRequest } from './status-problem.ts';
import { createTablePrinter, metadataOnly } from './table.ts';

// Between half an hour and an hour, as kube-apiserver does it; here without the chance, because clients of ours bring their own.
const longestWatchSeconds = 2_700;
// One that does not read keeps up to two events of 1.5 MB each. An informer needs one watch a kind, and a machine has some dozens of them.
const defaultMaxWatches = 1_500;
const initialEventsEnd = 'k8s.io/initial-events-end';
const initialPageSize = 500;

/** Ends when the client goes away, when the time is over, when the server's socket breaks, or when the server stops. */
export function abortOnClose({ response, context }: Exchange, seconds: number): { signal: AbortSignal; release: () => void } {
  const gone = new AbortController();
  const abort = () => gone.abort();
  const timer = setTimeout(abort, seconds * 1_000);
  timer.unref();
  response.on('close', abort);
  const stopping = context.stopping?.();
  if (stopping?.aborted === true) abort();
  stopping?.addEventListener('abort', abort, { once: true });
  return {
    signal: gone.signal,
    release: () => {
      clearTimeout(timer);
      response.off('close', abort);
      stopping?.removeEventListener('abort', abort);
    },
  };
}

const bookmark = (kind: Kind, resourceVersion: string, isInitialEnd = false) => ({
  kind: kind.kind,
  apiVersion: apiVersionOf(kind),
  metadata: { resourceVersion, creationTimestamp: null, ...(isInitialEnd ? { annotations: { [initialEventsEnd]: 'true' } } : {}) },
});

/** Ends also when the kind is no longer what it was when the watch began: its definition was changed, or has gone. */
function whileServed(
  exchange: Exchange,
  { served: { kind } }: ResourceTarget,
  signal: AbortSignal,
): { signal: AbortSignal; release: () => void } {
  const { kinds } = exchange.options.resources;
  if (!kinds.isDefined(kindId(kind))) return { signal, release: () => {} };
  const changed = new AbortController();
  const release = kinds.onChange(() => {
    if (exchange.kindsNow().find(kind.group, kind.version, kind.plural)?.kind !== kind) changed.abort();
  });
  return { signal: AbortSignal.any([signal, changed.signal]), release };
}

type Shown = Pick<WatchEvent, 'type' | 'text' | 'resourceVersion'> & { isInitialEnd?: boolean };

/** The `object` of an event, as text, in the form that the client asked for. */
function objectPrinter(exchange: Exchange, target: ResourceTarget, form: Form): (event: Shown) => string {
  const { kind } = target.served;
  const print = form === 'table' ? createTablePrinter(kind, includeObject(exchange.query), exchange.options.tables) : undefined;
  // Columns are said once, with the first event.
  let areColumnsSaid = false;
  const printed = (...from: Parameters<NonNullable<typeof print>>): object | undefined => {
    const whole = print?.(...from);
    const shown = whole !== undefined && areColumnsSaid ? { ...whole, columnDefinitions: null } : whole;
    areColumnsSaid = true;
    return shown;
  };
  return ({ type, text, resourceVersion, isInitialEnd }) => {
    if (type === 'BOOKMARK') {
      const mark = bookmark(kind, resourceVersion, isInitialEnd);
      // A bookmark in a table is a table without cells whose row carries the mark.
      if (print === undefined) return JSON.stringify(mark);
      return JSON.stringify({ ...printed([], { resourceVersion }, 0), rows: [{ cells: [], object: mark }] });
    }
    if (form === 'object') return text;
    const object = parsed(text);
    return JSON.stringify(printed([object], { resourceVersion }, exchange.clock.now()) ?? metadataOnly(object));
  };
}

// What one write holds, at least one event. A page of the largest objects would be hundreds of megabytes at once.
const maxWriteChars = 1024 * 1024;

/** The very list where it is short. */
function inParts(events: readonly Shown[]): readonly (readonly Shown[])[] {
  if (events.reduce((sum, { text }) => sum + text.length, 0) <= maxWriteChars) return [events];
  const parts: Shown[][] = [];
  let chars = 0;
  for (const event of events) {
    const last = parts.at(-1);
    chars += event.text.length;
    if (last !== undefined && chars <= maxWriteChars) last.push(event);
    else {
      parts.push([event]);
      chars = event.text.length;
    }
  }
  return parts;
}

// As long as a list of events lives, it may go to one more watcher: a thousand of them cost one encoding.
const encoded = new WeakMap<readonly Shown[], Buffer>();

/** Events as lines, in the form that the client asked for. */
function linePrinter(exchange: Exchange, target: ResourceTarget): (events: readonly Shown[]) => Buffer {
  const form = negotiate(exchange.request.headers.accept);
  const print = objectPrinter(exchange, target, form);
  return (events) => {
    const known = form === 'object' ? encoded.get(events) : undefined;
    if (known !== undefined) return known;
    const lines = Buffer.from(events.map((event) => `{"type":"${event.type}","object":${print(event)}}\n`).join(''));
    if (form === 'object') encoded.set(events, lines);
    return lines;
  };
}

/** All present objects, the mark that they were all, then changes: what informers ask for instead of a list. */
async function* withInitialEvents(exchange: Exchange, target: ResourceTarget, signal: AbortSignal): AsyncGenerator<readonly Shown[]> {
  const { source } = target.served;
  const { caller } = exchange.context;
  const query = selection(target, exchange.query);
  let page = await source.listText({ ...query, limit: initialPageSize }, caller);
  const { resourceVersion } = page;
  for (;;) {
    if (page.items.length > 0) yield page.items.map((text) => ({ type: 'ADDED', text, resourceVersion }));
    if (page.continue === undefined || signal.aborted) break;
    page = await source.listText({ ...query, limit: initialPageSize, continue: page.continue }, caller);
  }
  yield [{ type: 'BOOKMARK', text: '', resourceVersion, isInitialEnd: true }];
  yield* source.watch({ ...query, since: resourceVersion, bookmarks: true }, signal, caller);
}

function eventsOf(exchange: Exchange, target: ResourceTarget, signal: AbortSignal): AsyncIterable<readonly Shown[]> {
  const { query, context } = exchange;
  const since = query.get('resourceVersion') ?? '';
  if (since !== '' && !/^\d{1,20}$/.test(since)) throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(since)}`);
  const bookmarks = query.get('allowWatchBookmarks') === 'true';
  if (query.get('sendInitialEvents') === 'true') {
    if (query.get('resourceVersionMatch') !== 'NotOlderThan')
      throw badRequest('sendInitialEvents is allowed with resourceVersionMatch=NotOlderThan only');
    if (!bookmarks) throw badRequest('sendInitialEvents needs allowWatchBookmarks=true: its end is a bookmark');
    return withInitialEvents(exchange, target, signal);
  }
  return target.served.source.watch(
    { ...selection(target, query), bookmarks, ...(since === '' || since === '0' ? {} : { since }) },
    signal,
    context.caller,
  );
}

function errorEvent(exchange: Exchange, error: unknown): string {
  const { options, context, kinds } = exchange;
  const rendered = isProblem(error) ? renderProblem(error, kinds.byKind) : internalError(context.requestId);
  if (!isProblem(error)) options.log.error('a watch failed', { error, requestId: context.requestId });
  return `{"type":"ERROR","object":${JSON.stringify(rendered.body)}}\n`;
}

async function writeEvents(
  response: ServerResponse,
  watched: { events: AsyncIterable<readonly Shown[]>; print: (events: readonly Shown[]) => Buffer; signal: AbortSignal },
): Promise<void> {
  const { events, print, signal } = watched;
  for await (const group of events)
    for (const part of inParts(group)) {
      if (signal.aborted) return;
      // A slow reader holds its own watch back, not the memory of this process.
      if (!response.write(print(part)) && !signal.aborted) await once(response, 'drain', { signal });
    }
}

/** One JSON line an event, until the client goes, the time is over, or history is gone (an ERROR event with 410). */
export async function watchObjects(exchange: Exchange, target: ResourceTarget): Promise<void> {
  await authorize(exchange, 'watch', target);
  const { response, query, watches } = exchange;
  const { maxWatches = defaultMaxWatches } = exchange.options;
  if (watches.open >= maxWatches)
    throw new Problem({
      reason: 'unavailable',
      message: `${maxWatches} watches are open already: end some, or try again later`,
      retryAfterSeconds: 10,
    });
  const print = linePrinter(exchange, target);
  const seconds = Math.min(timeoutSeconds(query) ?? longestWatchSeconds, longestWatchSeconds);
  const open = abortOnClose(exchange, seconds);
  const { signal, release } = whileServed(exchange, target, open.signal);
  watches.open += 1;
  try {
    const events = eventsOf(exchange, target, signal);
    writeHead(exchange, 200, {});
    response.flushHeaders();
    await writeEvents(response, { events, print, signal });
  } catch (error) {
    if (!response.headersSent) throw error;
    if (!signal.aborted) response.write(errorEvent(exchange, error));
  } finally {
    watches.open -= 1;
    release();
    open.release();
  }
  response.end();
}
