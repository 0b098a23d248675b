import { ConnectionError, FairwayError, TimeoutError } from './errors.ts';
import { readLines } from './read-lines.ts';
import { type ListOptions, pageSize, type ResourceEvent, type ResourceList, type ResourceObject } from './resource-shapes.ts';
import { pause } from './transport.ts';

export interface WatchSource<R> {
  list(options: ListOptions): Promise<ResourceList<R>>;
  /** The stream of changes after a version. */
  changes(since: string): Promise<Response>;
}

export interface WatchOptions extends ListOptions {
  signal: AbortSignal;
  /** How long the platform may be away before the watch gives up. Default 60 s: longer than it takes to start again. */
  patienceMs?: number;
}

const defaultPatienceMs = 60_000;
const firstPauseMs = 100;
const longestPauseMs = 5_000;
const gone = 410;
// Larger than any object may be; a line that never ends must not fill the memory.
const maxEventChars = 16 * 1_048_576;

/**
 * All present objects as ADDED, then every change. Reconnects from the last version; lists again when that is too old, and tells then as
 * DELETED what has gone meanwhile. Ends when the signal aborts; throws when the platform stays away or refuses.
 */
export async function* watchKind<R extends ResourceObject>(
  source: WatchSource<R>,
  options: WatchOptions,
): AsyncGenerator<ResourceEvent<R>> {
  const known = new Map<string, R>();
  const backOff = createBackOff(options);
  let since: string | undefined;
  while (!options.signal.aborted) {
    try {
      since ??= yield* present(source, options, known);
      const stream = await source.changes(since);
      backOff.reached();
      for await (const event of events<R>(stream)) {
        backOff.reset();
        since = event.object.metadata.resourceVersion ?? since;
        if (event.type === 'BOOKMARK') continue;
        remember(known, event);
        yield event;
      }
    } catch (error) {
      if (options.signal.aborted) return;
      if (error instanceof FairwayError && error.status === gone) since = undefined;
      else if (!isPassing(error)) throw error;
      backOff.failed(error);
    }
    // A server that closes at once, again and again, must not be asked in a tight loop.
    await backOff.wait();
  }
}

/** A stream that broke off is a TypeError of fetch; a platform that starts again cannot be reached, or answers that it is not ready. */
const isPassing = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof ConnectionError ||
  error instanceof TimeoutError ||
  (error instanceof FairwayError && (error.status === 429 || error.status >= 500));

function createBackOff({ signal, patienceMs = defaultPatienceMs }: WatchOptions) {
  let pauseMs = firstPauseMs;
  let failingSince: number | undefined;
  return {
    reached: (): void => {
      failingSince = undefined;
    },
    reset: (): void => {
      pauseMs = firstPauseMs;
    },
    failed: (error: unknown): void => {
      failingSince ??= performance.now();
      if (performance.now() - failingSince > patienceMs) throw error;
    },
    wait: async (): Promise<void> => {
      const ms = pauseMs;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      // An abort ends the pause; the loop looks at the signal itself.
      await pause(ms, signal).catch(() => {});
    },
  };
}

const idOf = ({ metadata }: ResourceObject): string => metadata.uid ?? `${metadata.namespace ?? ''}/${metadata.name}`;

function remember<R extends ResourceObject>(known: Map<string, R>, { type, object }: ResourceEvent<R>): void {
  if (type === 'DELETED') known.delete(idOf(object));
  else known.set(idOf(object), object);
}

async function* present<R extends ResourceObject>(
  source: WatchSource<R>,
  options: WatchOptions,
  known: Map<string, R>,
): AsyncGenerator<ResourceEvent<R>, string> {
  const { patienceMs: _, ...wanted } = options;
  const missing = new Map(known);
  let page = await source.list({ ...wanted, limit: pageSize });
  const version = page.metadata.resourceVersion;
  for (;;) {
    for (const object of page.items) {
      missing.delete(idOf(object));
      known.set(idOf(object), object);
      yield { type: 'ADDED', object };
    }
    if (!page.metadata.continue) break;
    page = await source.list({ ...wanted, limit: pageSize, continue: page.metadata.continue });
  }
  for (const [id, object] of missing) {
    known.delete(id);
    yield { type: 'DELETED', object };
  }
  return version;
}

async function* events<R>(response: Response): AsyncGenerator<ResourceEvent<R>> {
  // Half an event at the end of a stream that broke off is nothing: it comes again.
  for await (const line of readLines(response, { maxChars: maxEventChars, unfinished: 'drop' })) {
    if (line === '') continue;
    const event = JSON.parse(line) as ResourceEvent<R> | { type: 'ERROR'; object: { code: number; message: string; reason: string } };
    if (event.type === 'ERROR')
      throw new FairwayError({ status: event.object.code, code: event.object.reason, message: event.object.message });
    yield event;
  }
}
