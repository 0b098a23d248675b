import { once } from 'node:events';
import { authorize, type Exchange, writeHead } from './exchange.ts';
import type { SubresourceHandler } from './handler-options.ts';
import { keyOfTarget } from './resource-target.ts';
import { abortOnClose } from './watch-resources.ts';
import type { NamedTarget } from './write-resources.ts';

// A followed log may be open for a day; after that the client asks again.
const longestStreamSeconds = 86_400;

/** Streams a subresource's bytes, for example a log, at the pace of its reader. */
export async function streamSubresource(exchange: Exchange, target: NamedTarget, handler: SubresourceHandler): Promise<void> {
  await authorize(exchange, 'get', target);
  const { response, query, context } = exchange;
  const { signal, release } = abortOnClose(exchange, longestStreamSeconds);
  try {
    const { contentType, body } = await handler({ key: keyOfTarget(target), query, signal, caller: context.caller });
    writeHead(exchange, 200, { 'content-type': contentType });
    response.flushHeaders();
    for await (const chunk of body) {
      if (!response.write(chunk) && !signal.aborted) await once(response, 'drain', { signal });
      if (signal.aborted) break;
    }
    response.end();
  } catch (error) {
    if (signal.aborted) response.destroy();
    else throw error;
  } finally {
    release();
  }
}
