import { Agent, request } from 'node:https';

/** An API server over TLS. */
export interface ClusterServer {
  port: number;
  token: string;
  ca: string;
}

export interface ClusterAnswer {
  status: number;
  body: string;
}

export interface ClusterClient extends Disposable {
  /** One request; a connection is kept. */
  ask(method: string, path: string, body?: object): Promise<ClusterAnswer>;
  /** The same; anything but success is an error. */
  must<T>(method: string, path: string, body?: object): Promise<T>;
}

const deadlineMs = 60_000;

export const clusterClient = ({ port, token, ca }: ClusterServer): ClusterClient => {
  const agent = new Agent({ keepAlive: true, ca });
  const ask = (method: string, path: string, body?: object): Promise<ClusterAnswer> =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) };
      const signal = AbortSignal.timeout(deadlineMs);
      const sent = request({ host: '127.0.0.1', port, agent, method, path, headers, signal }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return {
    ask,
    must: async <T>(method: string, path: string, body?: object): Promise<T> => {
      const answer = await ask(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path} was answered with ${answer.status}: ${answer.body.slice(0, 400)}`);
      return JSON.parse(answer.body) as T;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
};
