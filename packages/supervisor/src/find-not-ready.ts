import { readFile } from 'node:fs/promises';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { join } from 'node:path';
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

/** Asks each program itself whether it serves: a process that runs may still be starting, or be stuck. Empty when all do. */
export async function findNotReady(
  files: StateFiles,
  { ports, programs }: InstallationStatus,
  /** Only these are asked: one that has answered need not be asked again. */
  names: readonly string[] = programs.map(({ name }) => name),
): Promise<NotReady[]> {
  const ca = await readFile(files.caCertificate, 'utf8');
  const at = { host: '127.0.0.1', timeout: answerWithinMs, agent: false } as const;
  const questions: Readonly<Record<ProgramName, () => Promise<string | undefined>>> = {
    'local-cluster': () => ask(requestTls({ ...at, port: ports.cluster, path: '/readyz', servername: 'localhost', ca }), isOk),
    // Any answer of the gateway itself will do: it has no route for this host.
    gateway: () => ask(request({ ...at, port: ports.gateway, headers: { host: 'ready.invalid' } }), isOfGateway),
    'control-plane': () => ask(request({ ...at, port: ports.plain, path: '/ready' }), isOk),
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

const isOk = (answer: IncomingMessage): boolean => answer.statusCode === 200;
const isOfGateway = (answer: IncomingMessage): boolean => answer.headers['x-fairway-gateway'] !== undefined;

/** Undefined when it is ready, else why not. */
function ask(call: ClientRequest, isReady: (answer: IncomingMessage) => boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    call.once('response', (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        if (said.length < maxReasonChars) said += chunk;
      });
      answer.once('error', () => resolve('its answer broke off'));
      answer.once('end', () => resolve(isReady(answer) ? undefined : said.trim() || `it answers ${answer.statusCode}`));
    });
    call.once('timeout', () => call.destroy(new Error('it does not answer')));
    call.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED' ? 'it does not listen yet' : error.message);
    });
    call.end();
  });
}
