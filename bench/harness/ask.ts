import { request } from 'node:http';
import { connectionId, loadId } from './placeholders.ts';

export interface Answer {
  status: number;
  rawHeaders: string[];
  body: string;
}

export interface Question {
  method: string;
  path: string;
  token?: string;
  /** Names an application behind the gateway. */
  host?: string;
  body?: object;
}

/** One request whose answer matters, not its speed. */
export const ask = (port: number, of: Question): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = {
      ...(of.token === undefined ? {} : { authorization: `Bearer ${of.token}` }),
      ...(of.body === undefined ? {} : { 'content-type': of.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
      ...(of.host === undefined ? {} : { host: of.host }),
    };
    const sent = request({ host: '127.0.0.1', port, method: of.method, path: of.path, headers, timeout: 10_000 }, (response) => {
      response.setEncoding('utf8');
      let body = '';
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', reject);
      response.on('close', () => reject(new Error('the answer was cut')));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, rawHeaders: response.rawHeaders, body }));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer within 10 s')));
    sent.on('error', reject);
    sent.end(of.body === undefined ? undefined : JSON.stringify(of.body));
  });

/** The bytes of a request as a load generator sends them. */
export const requestText = (of: { method: string; path: string; token: string; body?: string; type?: string }): string => {
  const { method, path, token, body, type = 'application/json' } = of;
  const head = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', `Authorization: Bearer ${token}`, 'Accept: application/json'];
  // As long as what the load generator puts in their places.
  const sent = body?.replaceAll('{id}', loadId(0)).replaceAll('{connection}', connectionId(0));
  const length = sent === undefined ? 0 : Buffer.byteLength(sent);
  const content = body === undefined ? [] : [`Content-Type: ${type}`, `Content-Length: ${length}`];
  return `${[...head, ...content].join('\r\n')}\r\n\r\n${body ?? ''}`;
};
