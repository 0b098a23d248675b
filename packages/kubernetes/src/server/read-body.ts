import type { IncomingMessage } from 'node:http';
import { Problem } from '@fairway/resources/model';
import type { KubernetesHandlerOptions, RequestContext } from './handler-options.ts';
import { badRequest } from './status-problem.ts';

// etcd's limit of 1.5 MiB times two, which is what kube-apiserver lets through as well.
export const maxBodyBytes = 3 * 1024 * 1024;
// Deeper than any real object by far; recursion over what clients send must not exhaust the stack.
const maxDepth = 200;
// YAML takes a hundred times as long as JSON, and nobody else is served meanwhile.
const maxYamlChars = 256 * 1024;
// Each is searched for in the whole document, and a few lines of them can mean gigabytes.
const maxAliases = 100;

// A body of so few bytes is there within a moment; who needs longer holds the connection on purpose, or is gone.
const defaultPatienceMs = 30_000;

const tooLarge = (): Problem =>
  new Problem({ reason: 'too-large', message: `Request entity too large: limit is ${maxBodyBytes}`, code: 'RequestEntityTooLarge' });

interface BodyOwner {
  request: IncomingMessage;
  context: Pick<RequestContext, 'repeatable'>;
  options: Pick<KubernetesHandlerOptions, 'bodyPatienceMs'>;
}

/** The whole body. By events: an iterator over the stream would cost more than all the rest of reading. */
export function readBytes({ request, context, options }: BodyOwner): Promise<Buffer> {
  if (context.repeatable !== undefined) return context.repeatable.readBody(maxBodyBytes);
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return Promise.reject(tooLarge());
  const { bodyPatienceMs = defaultPatienceMs } = options;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isWhole = false;
    const fail = (error: Error): void => {
      clearTimeout(patience);
      request.off('data', onData).off('end', onEnd).off('error', fail).off('close', onClose);
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= maxBodyBytes) chunks.push(chunk);
      else fail(tooLarge());
    };
    // The listeners go with the request: taking each away would cost as much as the reading.
    const onEnd = (): void => {
      clearTimeout(patience);
      isWhole = true;
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    };
    const onClose = (): void => {
      if (!isWhole) fail(badRequest('the connection was closed before the whole body had arrived'));
    };
    const late = (): void => fail(badRequest(`the body of the request did not arrive within ${bodyPatienceMs} ms: send it again`));
    const patience = setTimeout(late, bodyPatienceMs);
    request.on('data', onData).on('end', onEnd).on('error', fail).on('close', onClose);
    if (request.readableEnded || request.destroyed) onClose();
  });
}

export const readBody = async (owner: BodyOwner): Promise<string> => (await readBytes(owner)).toString('utf8');

// A text of so many characters cannot nest deeply enough to exhaust the stack, and the schema refuses what is nested deeper than 100 levels.
const maxHarmlessChars = 2_048;

/** True when the text opens as many objects or lists as make it worth a look at how deep they lie. */
const opensMany = (text: string): boolean => {
  let left = maxDepth;
  for (const opening of ['{', '['])
    for (let at = text.indexOf(opening); at !== -1; at = text.indexOf(opening, at + 1)) {
      left -= 1;
      if (left < 0) return true;
    }
  return false;
};

const isTooDeep = (value: unknown, left: number): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  if (left === 0) return true;
  for (const key of Object.keys(value)) if (isTooDeep((value as Record<string, unknown>)[key], left - 1)) return true;
  return false;
};

/** The parser is 13 MB in memory and few clients send YAML: it is loaded for the first of them. */
async function parseYaml(text: string): Promise<unknown> {
  if (text.length > maxYamlChars) throw new Error(`it is larger than ${maxYamlChars} characters: send it as JSON`);
  const { parseDocument, visit } = await import('yaml');
  // Kubernetes reads YAML 1.1 (yes and no are booleans). Looking for a key that is there twice compares each with each other.
  const document = parseDocument(text, { version: '1.1', uniqueKeys: false });
  if (document.errors[0] !== undefined) throw document.errors[0];
  let aliases = 0;
  visit(document, {
    Alias: () => {
      aliases += 1;
      return aliases > maxAliases ? visit.BREAK : undefined;
    },
  });
  if (aliases > maxAliases) throw new Error(`it has more than ${maxAliases} aliases`);
  return document.toJS({ maxAliasCount: maxAliases });
}

/** JSON, or YAML where the content type allows it; JSON is tried first because it is what clients send under either name. */
export async function decodeBody(text: string, language: 'json' | 'yaml'): Promise<unknown> {
  let value: unknown;
  const isJson = language === 'json' || /^\s*[[{]/.test(text);
  try {
    value = isJson ? JSON.parse(text) : await parseYaml(text);
  } catch (error) {
    const why = (error as Error).message.split('\n')[0] ?? '';
    throw badRequest(`the object provided is unrecognized (not ${language === 'json' ? 'JSON' : 'YAML or JSON'}): ${why}`);
  }
  // YAML nests without a sign in the text.
  if ((!isJson || (text.length > maxHarmlessChars && opensMany(text))) && isTooDeep(value, maxDepth))
    throw badRequest(`the object provided is nested deeper than ${maxDepth} levels`);
  return value;
}

export const mediaTypeOf = (request: IncomingMessage): string => {
  const type = request.headers['content-type'] ?? '';
  return type === 'application/json' ? type : (type.split(';')[0]?.trim().toLowerCase() ?? '');
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
