import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Log } from '@fairway/resources/log';
import { Problem, unavailable } from '@fairway/resources/model';
import type { RepositoryPath } from '#domains/repositories';
import { gitFolders } from './git-host.ts';
import { repositorySettings, settingsAsEnvironment } from './repository-settings.ts';
import { gitEnvironment } from './run-git.ts';

export interface GitRequest {
  path: RepositoryPath;
  /** The part behind NAME.git: `/info/refs`, `/git-upload-pack`, `/git-receive-pack`. */
  rest: string;
  query: string;
  principal: string;
  /** Handed to the hook through the environment, so that it asks in the name of who pushed. */
  hook: Readonly<Record<string, string>>;
}

export type ServeGit = (request: IncomingMessage, response: ServerResponse, git: GitRequest) => Promise<void>;

// Git's CGI headers are a few hundred bytes.
const maxCgiHeaderBytes = 16_384;

/** Bridges one request to the real `git http-backend`. Both bodies are streamed; the process ends with the client. */
export interface ServeGitOptions {
  root: string;
  /** A push that sends more than this is refused. */
  maxPushBytes: number;
  log: Log;
}

// After git has refused a push its client is still sending: it is read for a moment, so that it gets to see why, and then cut off.
const drainMs = 5_000;

export function createServeGit({ root, maxPushBytes, log }: ServeGitOptions): ServeGit {
  const { repositoryFolder, hooksFolder } = gitFolders(root);
  const settings = settingsAsEnvironment(repositorySettings({ hooksFolder, maxPushBytes }));
  return async (request, response, git) => {
    if (Number(request.headers['content-length'] ?? 0) > maxPushBytes)
      throw new Problem({
        reason: 'too-large',
        message: `this push sends more than ${maxPushBytes} bytes, the limit of this server: push in smaller parts, keep large files out of Git, or raise FAIRWAY_MAX_PUSH_BYTES`,
      });
    const header = (name: string): string => {
      const value = request.headers[name];
      return typeof value === 'string' ? value : '';
    };
    const child = spawn('git', ['http-backend'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: gitEnvironment({
        ...settings,
        ...git.hook,
        // The folder is given whole and the rest is one of three constants: nothing of the URL becomes a path.
        GIT_PROJECT_ROOT: repositoryFolder(git.path),
        PATH_INFO: git.rest,
        GIT_HTTP_EXPORT_ALL: '1',
        REQUEST_METHOD: request.method ?? 'GET',
        QUERY_STRING: git.query,
        CONTENT_TYPE: header('content-type'),
        ...(request.headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: header('content-length') }),
        HTTP_CONTENT_ENCODING: header('content-encoding'),
        GIT_PROTOCOL: header('git-protocol'),
        REMOTE_USER: git.principal,
        REMOTE_ADDR: request.socket.remoteAddress ?? '',
      }),
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (complaint.length < 4_000) complaint += text;
    });
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', (cause) => reject(unavailable(`git could not be run: ${cause.message}`, cause)));
      child.once('close', (code) => resolve(code ?? -1));
    });
    // Awaited only after the streams have ended: until then a failure of the start (no process left, no git) is nobody's unhandled rejection.
    ended.catch(() => undefined);
    response.once('close', () => {
      // A push whose client is gone: git ends by itself when its input ends; a hook that only reads progress must not hold it.
      child.stdin.destroy();
      child.stdout.destroy();
    });
    request.pipe(child.stdin);
    child.stdin.on('error', () => {
      request.unpipe(child.stdin);
      request.resume();
      setTimeout(() => request.destroy(), drainMs).unref();
    });
    await pipeline(parseCgi(child.stdout, response), response).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ERR_STREAM_PREMATURE_CLOSE' && cause.code !== 'ERR_STREAM_DESTROYED') throw cause;
    });
    const code = await ended;
    if (code !== 0)
      log.warn('git http-backend ended with an error', { code, complaint: complaint.slice(0, 1_000), path: git.path, rest: git.rest });
  };
}

/** Takes the CGI header off git's output, sets status and headers, and passes the rest on. */
async function* parseCgi(stdout: AsyncIterable<Buffer>, response: ServerResponse): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of stdout) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) {
      if (head.length > maxCgiHeaderBytes) throw unavailable('git http-backend sent no header');
      continue;
    }
    for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
      const colon = line.indexOf(':');
      const [name, value] = [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      if (name === 'status') response.statusCode = Number.parseInt(value, 10);
      else if (colon > 0) response.setHeader(name, value);
    }
    const rest = head.subarray(end + 4);
    head = undefined;
    if (rest.length > 0) yield rest;
  }
}
