import { readFile } from 'node:fs/promises';
import { createFairway, type Fairway } from '@fairway/sdk';
import { type Ports, readPorts, type StateFiles } from '@fairway/supervisor';
import { CommandError, exitCodes } from './exit-codes.ts';

/** The platform that a command speaks to. */
export interface Connection {
  url: string;
  token: string;
  fairway: Fairway;
  /** Ports of the installation on this machine; absent for a remote one. */
  ports?: Ports;
}

/** FAIRWAY_HOST and FAIRWAY_TOKEN win; otherwise the installation whose state folder this is. */
export async function connect(files: StateFiles, env: Readonly<Record<string, string | undefined>>): Promise<Connection> {
  const given = env.FAIRWAY_TOKEN?.trim();
  if (env.FAIRWAY_HOST !== undefined && env.FAIRWAY_HOST !== '') {
    const url = urlOf(env.FAIRWAY_HOST);
    if (given === undefined || given === '')
      throw new CommandError({
        message: 'FAIRWAY_HOST is set and FAIRWAY_TOKEN is not',
        exitCode: exitCodes.unauthenticated,
        hint: 'set FAIRWAY_TOKEN to a token of that platform',
      });
    return { url, token: given, fairway: createFairway({ url, token: given }) };
  }
  const ports = await readPorts(files);
  if (ports === undefined)
    throw new CommandError({
      message: `there is no installation in ${files.home}`,
      exitCode: exitCodes.unreachable,
      hint: 'run fairway up, or set FAIRWAY_HOST and FAIRWAY_TOKEN',
    });
  const token = given || (await readFile(files.adminToken, 'utf8').catch(() => '')).trim();
  if (token === '')
    throw new CommandError({
      message: `there is no token in ${files.adminToken}`,
      exitCode: exitCodes.unauthenticated,
      hint: 'run fairway up, or set FAIRWAY_TOKEN',
    });
  const url = `http://127.0.0.1:${ports.plain}`;
  return { url, token, ports, fairway: createFairway({ url, token }) };
}

/** A host alone means TLS, unless it is this machine: a token must not cross a network in the clear by a word left out. */
function urlOf(host: string): string {
  const isNamed = /^https?:\/\//.test(host);
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|\/|$)/.test(host);
  const url = URL.parse(isNamed ? host : `${isLoopback ? 'http' : 'https'}://${host}`);
  if (url === null)
    throw new CommandError({
      message: `FAIRWAY_HOST ${JSON.stringify(host)} is no address`,
      exitCode: exitCodes.usage,
      hint: 'write it as https://fairway.example.org',
    });
  return url.href.replace(/\/$/, '');
}
