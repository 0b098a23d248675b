import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { join } from 'node:path';
import { lastErrorOf } from './last-error-of.ts';
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
export async function findNotReady(files: StateFiles, { ports, programs }: InstallationStatus): Promise<NotReady[]> {
  const ca = await readFile(files.caCertificate, 'utf8');
  const at = { host: '127.0.0.1', timeout: answerWithinMs } as const;
  const asked = await Promise.all([
    ask(
      'local-cluster',
      () => requestTls({ ...at, port: ports.cluster, path: '/readyz', servername: 'localhost', ca, agent: false }),
      isOk,
    ),
    // Any answer of the gateway itself will do: it has no route for this host.
    ask('gateway', () => request({ ...at, port: ports.gateway, headers: { host: 'ready.invalid' }, agent: false }), isOfGateway),
    ask('control-plane', () => request({ ...at, port: ports.plain, path: '/ready', agent: false }), isOk),
  ]);
  const now = (await readStatus(files))?.programs ?? programs;
  const waiting = asked.filter((answer) => answer.why !== undefined);
  return Promise.all(
    waiting.map(async ({ name, why = '' }) => {
      const log = join(files.logs, `${name}.log`);
      const program = now.find((known) => known.name === name);
      if (program?.state === 'running' && program.restarts === 0) return { name, why, log };
      const said = await lastErrorOf(log);
      return { name, why: [program?.lastExit ?? why, said].filter((part) => part !== undefined).join('; '), log };
    }),
  );
}

const isOk = (answer: IncomingMessage): boolean => answer.statusCode === 200;
const isOfGateway = (answer: IncomingMessage): boolean => answer.headers['x-fairway-gateway'] !== undefined;

function ask(
  name: string,
  send: () => ReturnType<typeof request>,
  isReady: (answer: IncomingMessage) => boolean,
): Promise<{ name: string; why?: string }> {
  return new Promise((resolve) => {
    const call = send();
    call.once('response', (answer) => {
      let said = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        if (said.length < maxReasonChars) said += chunk;
      });
      answer.once('error', () => resolve({ name, why: 'its answer broke off' }));
      answer.once('end', () => resolve(isReady(answer) ? { name } : { name, why: said.trim() || `it answers ${answer.statusCode}` }));
    });
    call.once('timeout', () => call.destroy(new Error('it does not answer')));
    call.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ name, why: error.code === 'ECONNREFUSED' ? 'it does not listen yet' : error.message }),
    );
    call.end();
  });
}
