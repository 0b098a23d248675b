import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';

// A real API server on a machine with much else to do may take its time.
const askLimitMs = 45_000;
const eventLimitMs = 20_000;

/** Where a server is, and who asks. */
export interface Address {
  /** With the path before `/api`, if there is one. */
  url: string;
  ca: string;
  token: string;
}

export interface Asked {
  method?: string;
  /** Below the address, with its query. */
  path: string;
  /** Sent as JSON, or as it is when it is text or bytes. */
  body?: unknown;
  /** Content-Type; JSON unless told. */
  type?: string;
  accept?: string;
  headers?: Readonly<Record<string, string>>;
  /** In the place of the address's own; null sends none. */
  token?: string | null;
}

/** What a Kubernetes object has for certain. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
    ownerReferences?: object[];
    deletionTimestamp?: string;
    continue?: string;
    remainingItemCount?: number;
    managedFields?: ManagedFields[];
  };
  items?: KubeObject[];
  [field: string]: unknown;
}
export interface ManagedFields {
  manager: string;
  operation: string;
  apiVersion: string;
  time: string;
  fieldsType: string;
  fieldsV1: object;
  subresource?: string;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as JSON; undefined when it is none. */
  body: unknown;
  /** The same for what is known to be an object or a list. */
  object: KubeObject;
}

export interface WatchEvent {
  type: string;
  object: KubeObject;
}

/** A watch that is open. */
export interface Watching {
  status: number;
  headers: IncomingHttpHeaders;
  /** The next event; undefined when the server has ended the watch. Fails when there is none within the limit. */
  next(limitMs?: number): Promise<WatchEvent | undefined>;
  /** As many events, or all until the server ends it. */
  take(count: number): Promise<WatchEvent[]>;
  close(): void;
}

export interface Client {
  ask(asked: Asked): Promise<Answer>;
  watch(path: string, accept?: string): Promise<Watching>;
  close(): void;
}

/** A client without any comfort of its own: what a server sends is what a test sees. */
export function createClient({ url, ca, token }: Address): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 32, ca });
  const start = (asked: Asked, signal: AbortSignal): Promise<IncomingMessage> => {
    const content = contentOf(asked.body);
    const bearer = asked.token === undefined ? token : asked.token;
    const headers = {
      accept: asked.accept ?? 'application/json',
      'user-agent': 'conformance/1.0',
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      ...(content === undefined ? {} : { 'content-type': asked.type ?? 'application/json', 'content-length': content.length }),
      ...asked.headers,
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${url}${asked.path}`, { agent, method: asked.method ?? 'GET', headers, signal }, resolve);
      sent.once('error', reject);
      sent.end(content);
    });
  };
  return {
    ask: async (asked) => {
      const signal = AbortSignal.timeout(askLimitMs);
      try {
        return await answerOf(await start(asked, signal));
      } catch (cause) {
        throw new Error(`${asked.method ?? 'GET'} ${asked.path} was not answered: ${String(cause)}`, { cause });
      }
    },
    watch: async (path, accept) => {
      const ending = new AbortController();
      const limit = setTimeout(() => ending.abort(new Error(`GET ${path} was not answered within ${askLimitMs} ms`)), askLimitMs);
      const answer = await start({ path, ...(accept === undefined ? {} : { accept }) }, ending.signal).finally(() => clearTimeout(limit));
      return watchingOf(answer, () => ending.abort());
    },
    close: () => agent.destroy(),
  };
}

function contentOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  return Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

async function answerOf(message: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const text = (message.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: message.statusCode ?? 0, headers: message.headers, text, body, object: body as KubeObject };
}

function watchingOf(message: IncomingMessage, close: () => void): Watching {
  message.on('error', () => {});
  const lines = createInterface({ input: message })[Symbol.asyncIterator]();
  const next: Watching['next'] = async (limitMs = eventLimitMs) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the watch had no event within ${limitMs} ms`)), limitMs);
    });
    const line = await Promise.race([lines.next(), late]).finally(() => clearTimeout(timer));
    return line.done === true ? undefined : (JSON.parse(line.value) as WatchEvent);
  };
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    next,
    take: async (count) => {
      const events: WatchEvent[] = [];
      while (events.length < count) {
        const event = await next();
        if (event === undefined) break;
        events.push(event);
      }
      return events;
    },
    close,
  };
}
