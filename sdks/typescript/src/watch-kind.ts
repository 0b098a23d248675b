import { FairwayError } from './errors.ts';
import { readLines } from './read-lines.ts';
import { type ListOptions, pageSize, type ResourceEvent, type ResourceList, type ResourceObject } from './resource-shapes.ts';

export interface WatchSource<R> {
  list(options: ListOptions): Promise<ResourceList<R>>;
  /** The stream of changes after a version. */
  changes(since: string): Promise<Response>;
}

/** All present objects as ADDED, then every change; reconnects from the last version, and lists again when that is too old. */
export async function* watchKind<R extends ResourceObject>(
  source: WatchSource<R>,
  options: ListOptions & { signal: AbortSignal },
): AsyncGenerator<ResourceEvent<R>> {
  let since: string | undefined;
  while (!options.signal.aborted)
    try {
      since ??= yield* present(source, options);
      for await (const event of events<R>(await source.changes(since))) {
        since = event.object.metadata.resourceVersion ?? since;
        if (event.type !== 'BOOKMARK') yield event;
      }
    } catch (error) {
      if (options.signal.aborted) return;
      if (error instanceof FairwayError && error.status === 410) since = undefined;
      // A stream that broke off is a TypeError of fetch: go on from the last version.
      else if (!(error instanceof TypeError)) throw error;
    }
}

async function* present<R extends ResourceObject>(source: WatchSource<R>, options: ListOptions): AsyncGenerator<ResourceEvent<R>, string> {
  let page = await source.list({ ...options, limit: pageSize });
  const version = page.metadata.resourceVersion;
  for (;;) {
    for (const object of page.items) yield { type: 'ADDED', object };
    if (!page.metadata.continue) return version;
    page = await source.list({ ...options, limit: pageSize, continue: page.metadata.continue });
  }
}

async function* events<R>(response: Response): AsyncGenerator<ResourceEvent<R>> {
  for await (const line of readLines(response)) {
    if (line === '') continue;
    const event = JSON.parse(line) as ResourceEvent<R> | { type: 'ERROR'; object: { code: number; message: string; reason: string } };
    if (event.type === 'ERROR')
      throw new FairwayError({ status: event.object.code, code: event.object.reason, message: event.object.message });
    yield event;
  }
}
