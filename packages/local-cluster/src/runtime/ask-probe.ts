import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';

/** What a probe asks, with ports already turned into allotted ones. */
export type Question =
  | { ask: 'http'; scheme: 'HTTP' | 'HTTPS'; host: string; port: number; path: string; headers: readonly { name: string; value: string }[] }
  | { ask: 'tcp'; host: string; port: number }
  | { ask: 'exec'; command: readonly string[] };

export type ProbeAnswer = { ok: true } | { ok: false; message: string };

export interface ProbeDoors {
  exec: (command: readonly string[], timeoutMs: number) => Promise<{ code: number; output: string }>;
}

const maxMessageChars = 300;

const failed = (message: string): ProbeAnswer => ({ ok: false, message: message.slice(0, maxMessageChars) });

const askHttp = (question: Extract<Question, { ask: 'http' }>, timeoutMs: number): Promise<ProbeAnswer> =>
  new Promise((resolve) => {
    const { host, port, path, scheme } = question;
    const headers = Object.fromEntries([
      ['User-Agent', 'fairway-probe/1'],
      ['Accept', '*/*'],
      ['Connection', 'close'],
      ...question.headers.map(({ name, value }) => [name, value]),
    ]);
    const url = `${scheme.toLowerCase()}://${host}:${port}${path}`;
    // The probe asks whether the application answers, not who it is: as in Kubernetes its certificate is not checked.
    const open = scheme === 'HTTPS' ? requestHttps : requestHttp;
    try {
      const request = open({ host, port, path, headers, agent: false, rejectUnauthorized: false }, (response) => {
        response.destroy();
        const status = response.statusCode ?? 0;
        resolve(status >= 200 && status < 400 ? { ok: true } : failed(`${url} answered ${status}`));
      });
      // Taken back when the answer is there: an AbortSignal would fire all the same, and dearly.
      const timer = setTimeout(() => request.destroy(new Error(`did not answer within ${timeoutMs / 1000} s`)), timeoutMs);
      request.once('error', (error) => resolve(failed(`${url}: ${error.message}`)));
      request.once('close', () => clearTimeout(timer));
      request.end();
    } catch (error) {
      resolve(failed(`${url}: ${error instanceof Error ? error.message : 'cannot be asked'}`));
    }
  });

const askTcp = ({ host, port }: { host: string; port: number }, timeoutMs: number): Promise<ProbeAnswer> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: ProbeAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => done(failed(`nothing accepted a connection on ${host}:${port} within ${timeoutMs / 1000} s`)));
    socket.once('connect', () => done({ ok: true }));
    socket.once('error', (error) => done(failed(`nothing listens on ${host}:${port} (${error.message})`)));
  });

/** Asks once. Never throws, and ends within the timeout. */
export async function askProbe(question: Question, timeoutMs: number, doors: ProbeDoors): Promise<ProbeAnswer> {
  if (question.ask === 'http') return askHttp(question, timeoutMs);
  if (question.ask === 'tcp') return askTcp(question, timeoutMs);
  try {
    const { code, output } = await doors.exec(question.command, timeoutMs);
    return code === 0 ? { ok: true } : failed(`the command ended with ${code}: ${output}`);
  } catch (error) {
    return failed(error instanceof Error ? error.message : 'the command could not be run');
  }
}
