import { request } from 'node:http';

/** Status that an application answers with; undefined while only the gateway speaks, or nobody does. `*.localhost` is reached without DNS. */
export function probeUrl(address: string, signal: AbortSignal): Promise<number | undefined> {
  const url = new URL(address);
  const host = url.hostname.endsWith('.localhost') ? '127.0.0.1' : url.hostname;
  return new Promise((resolve) => {
    const call = request(
      { host, port: url.port || 80, path: url.pathname, headers: { host: url.host }, signal, timeout: 10_000 },
      (response) => {
        response.resume();
        resolve(response.headers['x-fairway-gateway'] === undefined ? response.statusCode : undefined);
      },
    );
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(undefined));
    call.end();
  });
}
