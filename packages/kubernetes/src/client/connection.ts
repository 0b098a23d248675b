import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { Problem } from '@fairway/resources/model';
import { problemOfAnswer } from './problem-of-answer.ts';

export interface ConnectionOptions {
  /** `https://127.0.0.1:7444`, with a path prefix or without. */
  server: string;
  /** PEM of the authorities that sign the server's certificate; the system's when absent. */
  ca?: string | Buffer;
  /** Name to check the certificate against, when it is not the host of `server`. */
  tlsServerName?: string;
  /** Leaves the server's certificate unchecked: what a kubeconfig's insecure-skip-tls-verify asks for. */
  insecureSkipTlsVerify?: boolean;
  /** A bearer token, or where the present one comes from (tokens in files are rotated). */
  token?: string | (() => Promise<string>);
  clientCertificate?: string | Buffer;
  clientKey?: string | Buffer;
  /** Until the answer's head for streams, until the last byte for everything else. Default 30 s. */
  requestTimeoutMs?: number;
}

/** One request as it goes out. The path begins with `/` and is relative to the server's address. */
export interface RawRequest {
  method: string;
  path: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer | Readable;
  signal?: AbortSignal;
  /** Deadline of this one request, until the answer's head. */
  timeoutMs?: number;
  /** The protocol that the connection shall go on with, for example `websocket`. */
  upgrade?: string;
}

export interface RawAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  /** Must be read to its end or destroyed. */
  body: IncomingMessage;
  /** The connection, when the cluster agreed to another protocol (status 101), and what has come on it already. Whoever gets it ends it. */
  tunnel?: { socket: Duplex; head: Buffer };
}

export interface Connection {
  /** Sends a request and answers as soon as the head is there, whatever its status. */
  open(request: RawRequest): Promise<RawAnswer>;
  /** Sends a request and reads the whole answer; a status of 400 and more is thrown as a Problem. */
  exchange(request: RawRequest): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>;
  close(): void;
}

// A list of 500 pods has about 5 MB; ten times that is a mistake (or an attack) and would hurt the whole process.
const maxAnswerBytes = 64 * 1024 * 1024;
// Sockets of one cluster: watches take one each (about 20 kinds), the rest is shared by requests.
const maxSockets = 128;

const requestProblem = (error: Error, what: string): Problem =>
  error instanceof Problem ? error : new Problem({ reason: 'unavailable', message: `${what}: ${error.message}`, cause: error });

async function readAll(body: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxAnswerBytes)
      throw new Problem({
        reason: 'too-large',
        message: `the cluster's answer is larger than ${maxAnswerBytes} bytes: ask for less at once`,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A request, its answer's head, and the means to end waiting for it. */
interface Started {
  answer: RawAnswer;
  /** Call it when nothing more is awaited. */
  done: () => void;
  timedOut: () => boolean;
  timeoutMs: number;
}

/** Node frames no body of GET and DELETE by itself; without a length the peer would take it for the next request. */
const framing = ({ body, headers = {} }: RawRequest): OutgoingHttpHeaders => {
  if (body === undefined) return {};
  if (typeof body === 'string' || Buffer.isBuffer(body)) return { 'content-length': Buffer.byteLength(body) };
  return Object.keys(headers).some((name) => name.toLowerCase() === 'content-length') ? {} : { 'transfer-encoding': 'chunked' };
};

type Send = (request: RawRequest, token: string | undefined, signal: AbortSignal) => Promise<RawAnswer>;

function createAgent(options: ConnectionOptions, secure: boolean): HttpAgent | HttpsAgent {
  const common = { keepAlive: true, keepAliveMsecs: 15_000, maxSockets, maxFreeSockets: 8 };
  if (!secure) return new HttpAgent(common);
  return new HttpsAgent({
    ...common,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.clientCertificate === undefined ? {} : { cert: options.clientCertificate }),
    ...(options.clientKey === undefined ? {} : { key: options.clientKey }),
    ...(options.tlsServerName === undefined ? {} : { servername: options.tlsServerName }),
    ...(options.insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
  });
}

/** One request on the wire, up to its answer's head. */
function createSend(base: URL, prefix: string, agent: HttpAgent | HttpsAgent): Send {
  const secure = base.protocol === 'https:';
  const target = {
    agent,
    protocol: base.protocol,
    hostname: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port === '' ? (secure ? 443 : 80) : base.port,
  };
  return (request, token, signal) =>
    new Promise((resolve, reject) => {
      const credential = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const change = request.upgrade === undefined ? {} : { connection: 'Upgrade', upgrade: request.upgrade };
      const headers = {
        accept: 'application/json',
        'user-agent': 'fairway',
        ...request.headers,
        ...framing(request),
        ...credential,
        ...change,
      };
      const outgoing = (secure ? httpsRequest : httpRequest)({
        ...target,
        method: request.method,
        path: prefix + request.path,
        signal,
        headers,
      });
      outgoing.on('error', (error) => reject(Object.assign(error, { reusedSocket: outgoing.reusedSocket })));
      outgoing.on('response', (body) => {
        // Whoever reads the body sees its error; without this listener an abort between two reads would end the process.
        body.on('error', () => {});
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
      });
      outgoing.on('upgrade', (answer, socket, head) => {
        if (request.upgrade !== undefined) {
          socket.on('error', () => socket.destroy());
          return resolve({ status: answer.statusCode ?? 101, headers: answer.headers, body: answer, tunnel: { socket, head } });
        }
        socket.destroy();
        reject(new Problem({ reason: 'unavailable', message: 'the cluster changed the protocol without being asked' }));
      });
      const { body } = request;
      if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) outgoing.end(body);
      else {
        body.on('error', (error) => outgoing.destroy(error));
        body.pipe(outgoing);
      }
    });
}

/** The sockets to one cluster: keep-alive, bounded, with a deadline and an abort signal on everything. */
export function createConnection(options: ConnectionOptions): Connection {
  const base = new URL(options.server);
  if (base.protocol !== 'https:' && base.protocol !== 'http:')
    throw new Problem({ reason: 'invalid', message: `a cluster's address begins with https:// or http://, not ${base.protocol}//` });
  const prefix = base.pathname.replace(/\/+$/, '');
  const agent = createAgent(options, base.protocol === 'https:');
  const send = createSend(base, prefix, agent);
  const nameOf = ({ method, path }: RawRequest) => `${method} ${base.host}${prefix}${path.split('?')[0]}`;

  const start = async (request: RawRequest): Promise<Started> => {
    request.signal?.throwIfAborted();
    const timeoutMs = request.timeoutMs ?? options.requestTimeoutMs ?? 30_000;
    const own = new AbortController();
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      own.abort();
    }, timeoutMs);
    const abort = () => own.abort(request.signal?.reason);
    request.signal?.addEventListener('abort', abort, { once: true });
    const done = () => clearTimeout(timer);
    const forget = () => request.signal?.removeEventListener('abort', abort);
    try {
      const token = typeof options.token === 'function' ? await options.token() : options.token;
      const answer = await send(request, token, own.signal).catch((error: unknown) => {
        // The server may close a kept socket in the very moment of its reuse; for a read that is no failure.
        if ((error as { reusedSocket?: boolean }).reusedSocket !== true || request.method !== 'GET' || own.signal.aborted) throw error;
        return send(request, token, own.signal);
      });
      (answer.tunnel?.socket ?? answer.body).once('close', forget);
      return { answer, done, timedOut: () => timedOut, timeoutMs };
    } catch (error) {
      done();
      forget();
      request.signal?.throwIfAborted();
      throw requestProblem(timedOut ? new Error(`no answer within ${timeoutMs} ms`) : (error as Error), `${nameOf(request)} failed`);
    }
  };

  return {
    open: async (request) => {
      const { answer, done } = await start(request);
      done();
      return answer;
    },
    exchange: async (request) => {
      const { answer, done, timedOut, timeoutMs } = await start(request);
      try {
        const text = await readAll(answer.body);
        if (answer.status >= 400) throw problemOfAnswer(answer.status, text, answer.headers['retry-after']);
        return { status: answer.status, headers: answer.headers, text };
      } catch (error) {
        request.signal?.throwIfAborted();
        const why = timedOut() ? new Error(`the answer was not complete within ${timeoutMs} ms`) : (error as Error);
        throw requestProblem(why, `${nameOf(request)} broke off`);
      } finally {
        done();
        answer.body.destroy();
      }
    },
    close: () => agent.destroy(),
  };
}
