import { readFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { join } from 'node:path';
import { installationOf } from './installation-id.ts';
import { lastErrorOf } from './last-error-of.ts';
import { type ProgramName, programNames } from './programs.ts';
import { type InstallationStatus, readStatus } from './read-status.ts';
import type { StateFiles } from './state-folder.ts';

/** A program that does not serve yet. */
export interface NotReady {
  name: string;
  why: string;
  log: string;
}

const answerWithinMs = 2_000;
const maxReasonChars = 1_000;

/**
 * Asks each program itself whether it serves: a process that runs may still be starting, or be stuck. Empty when all do. Something else that has got
 * its port does not pass for it: listeners for TLS prove themselves by the installation's own authority, and the gateway says of which installation it is.
 */
export async function findNotReady(
  files: StateFiles,
  { ports, programs }: InstallationStatus,
  /** Only these are asked: one that has answered need not be asked again. */
  names: readonly string[] = programs.map(({ name }) => name),
): Promise<NotReady[]> {
  if (names.length === 0) return [];
  const [ca, installation] = await Promise.all([readFile(files.caCertificate, 'utf8'), installationOf(files)]);
  const at = { host: '127.0.0.1', timeout: answerWithinMs, agent: false } as const;
  const overTls = (port: number, path: string) =>
    ask(requestTls({ ...at, port, path, servername: 'localhost', ca }), { port, faultOf: faultOfStatus });
  const questions: Readonly<Record<ProgramName, () => Promise<string | undefined>>> = {
    'local-cluster': () => overTls(ports.cluster, '/readyz'),
    // Any answer of the gateway itself will do: it has no route for this host.
    gateway: () => {
      const port = ports.gateway;
      return ask(request({ ...at, port, headers: { host: 'ready.invalid' } }), { port, faultOf: faultOfGateway(installation) });
    },
    // It takes its plain port first: who has this one has both.
    'control-plane': () => overTls(ports.tls, '/ready'),
  };
  const asked = programNames.filter((name) => names.includes(name));
  const answers = await Promise.all(asked.map(async (name) => ({ name, why: await questions[name]() })));
  return answers.flatMap(({ name, why }) => (why === undefined ? [] : [{ name, why, log: join(files.logs, `${name}.log`) }]));
}

/** Why it is so, as far as the supervisor and the program's own log know. */
export async function explainNotReady(files: StateFiles, { name, why, log }: NotReady): Promise<NotReady> {
  const program = (await readStatus(files))?.programs.find((known) => known.name === name);
  const parts = [why, program?.lastExit, await lastErrorOf(log)];
  return { name, why: [...new Set(parts.filter((part) => part !== undefined))].join('; '), log };
}

/** What an answer lacks; undefined when it is the one that was hoped for. */
type FaultOf = (answer: IncomingMessage, said: string) => string | undefined;

const faultOfStatus: FaultOf = ({ statusCode }, said) => (statusCode === 200 ? undefined : said || `it answers ${statusCode}`);
const faultOfGateway =
  (installation: string): FaultOf =>
  ({ headers }) => {
    const named = headers['x-fairway-gateway'];
    if (named === installation) return undefined;
    return named === undefined ? 'another program answers on its port' : 'the gateway of another installation answers on its port';
  };

/** Undefined when it is ready, else why not. */
function ask(call: ClientRequest, { port, faultOf }: { port: number; faultOf: FaultOf }): Promise<string | undefined> {
  return new Promise((resolve) => {
    const end = (why: string | undefined): void => resolve(why === undefined ? undefined : `${why} (port ${port})`);
    call.once('response', (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        if (said.length < maxReasonChars) said += chunk;
      });
      answer.once('error', () => end('its answer broke off'));
      answer.once('end', () => end(faultOf(answer, said.trim())));
    });
    call.once('timeout', () => call.destroy(new Error('it does not answer')));
    call.once('error', (error: NodeJS.ErrnoException) => end(whyNoAnswer(error)));
    call.end();
  });
}

const whyNoAnswer = ({ code, message }: NodeJS.ErrnoException): string => {
  if (code === 'ECONNREFUSED') return 'it does not listen yet';
  // All else that TLS finds wrong: another authority, or no TLS at all.
  const isOfTls = code !== undefined && /^(EPROTO|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code);
  return isOfTls ? `another program answers on its port: it does not prove itself as of this installation, ${code}` : message;
};
