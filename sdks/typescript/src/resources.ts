import { NotFoundError } from './errors.ts';
import { readLines } from './read-lines.ts';
import type { KindPath, ListOptions, ResourceEvent, ResourceList, ResourceObject } from './resource-shapes.ts';
import { pageSize } from './resource-shapes.ts';
import type { Transport } from './transport.ts';
import { type WatchOptions, watchKind } from './watch-kind.ts';

/** One kind, over the Kubernetes protocol. */
export interface ResourceClient<R extends ResourceObject> {
  /** Undefined when it is absent. */
  get(name: string, options?: { namespace?: string; signal?: AbortSignal }): Promise<R | undefined>;
  /** One page. */
  list(options?: ListOptions): Promise<ResourceList<R>>;
  /** All objects, page after page. */
  all(options?: ListOptions): AsyncGenerator<R>;
  /** All present objects as ADDED, then every change. Reconnects by itself; ends when the signal aborts; throws when the platform stays away. */
  watch(options: WatchOptions): AsyncGenerator<ResourceEvent<R>>;
  /** Server-side apply as field manager `fairway-cli` unless another one is given. */
  apply(object: R, options?: { fieldManager?: string; force?: boolean; dryRun?: boolean; signal?: AbortSignal }): Promise<R>;
  create(object: R, options?: { signal?: AbortSignal }): Promise<R>;
  /** JSON merge patch. */
  patch(name: string, patch: Readonly<Record<string, unknown>>, options?: { namespace?: string; signal?: AbortSignal }): Promise<R>;
  /** False when there was nothing to delete. */
  delete(name: string, options?: { namespace?: string; signal?: AbortSignal }): Promise<boolean>;
  /** Lines of the `log` subresource. */
  log(
    name: string,
    options: { namespace?: string; query?: Readonly<Record<string, string | undefined>>; signal?: AbortSignal },
  ): AsyncGenerator<string>;
}

const encode = encodeURIComponent;

/** `prefix` is `/k8s/control`, or `/k8s/clusters/NAME` for a cluster behind the platform. */
export function createResourceClient<R extends ResourceObject>(transport: Transport, kind: KindPath, prefix: string): ResourceClient<R> {
  const root = `${prefix}${kind.group === '' ? '/api' : `/apis/${encode(kind.group)}`}/${encode(kind.version)}`;
  const pathOf = (namespace: string | undefined, name?: string): string =>
    `${root}${kind.namespaced && namespace !== undefined ? `/namespaces/${encode(namespace)}` : ''}/${encode(kind.plural)}${name === undefined ? '' : `/${encode(name)}`}`;
  const queryOf = ({ labelSelector, fieldSelector, limit, continue: token }: ListOptions) => ({
    labelSelector,
    fieldSelector,
    limit: limit === undefined ? undefined : String(limit),
    continue: token,
  });
  const signalOf = (options: { signal?: AbortSignal } | undefined) => (options?.signal === undefined ? {} : { signal: options.signal });
  const list = (options: ListOptions = {}): Promise<ResourceList<R>> =>
    transport.json({ path: pathOf(options.namespace), query: queryOf(options), ...signalOf(options) });

  async function* all(options: ListOptions = {}): AsyncGenerator<R> {
    let page = await list({ limit: pageSize, ...options });
    yield* page.items;
    while (page.metadata.continue) {
      page = await list({ limit: pageSize, ...options, continue: page.metadata.continue });
      yield* page.items;
    }
  }
  async function orAbsent<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }
  async function* log(name: string, options: Parameters<ResourceClient<R>['log']>[1]): AsyncGenerator<string> {
    const response = await transport.send({
      path: `${pathOf(options.namespace, name)}/log`,
      headers: { accept: 'text/plain, */*' },
      ...(options.query === undefined ? {} : { query: options.query }),
      ...signalOf(options),
    });
    yield* readLines(response);
  }
  return {
    list,
    all,
    watch: (options) =>
      watchKind<R>(
        {
          list,
          changes: (since) =>
            transport.send({
              path: pathOf(options.namespace),
              query: { ...queryOf(options), watch: 'true', allowWatchBookmarks: 'true', resourceVersion: since },
              signal: options.signal,
            }),
        },
        options,
      ),
    log,
    get: (name, options) => orAbsent(transport.json<R>({ path: pathOf(options?.namespace, name), ...signalOf(options) })),
    create: (object, options) =>
      transport.json({ method: 'POST', path: pathOf(object.metadata.namespace), body: object, ...signalOf(options) }),
    apply: (object, options = {}) =>
      transport.json({
        method: 'PATCH',
        path: pathOf(object.metadata.namespace, object.metadata.name),
        headers: { 'content-type': 'application/apply-patch+yaml' },
        query: {
          fieldManager: options.fieldManager ?? 'fairway-cli',
          force: options.force === true ? 'true' : undefined,
          dryRun: options.dryRun === true ? 'All' : undefined,
        },
        body: object,
        ...signalOf(options),
      }),
    patch: (name, patch, options) =>
      transport.json({
        method: 'PATCH',
        path: pathOf(options?.namespace, name),
        headers: { 'content-type': 'application/merge-patch+json' },
        query: { fieldManager: 'fairway-cli' },
        body: patch,
        ...signalOf(options),
      }),
    delete: async (name, options) =>
      (await orAbsent(transport.json({ method: 'DELETE', path: pathOf(options?.namespace, name), ...signalOf(options) }))) !== undefined,
  };
}
