import { readFile } from 'node:fs/promises';
import { createFairway, type Fairway } from '@fairway/sdk';
import type { Ports, StateFiles } from '@fairway/supervisor';
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
  const host = env.FAIRWAY_HOST;
  const given = env.FAIRWAY_TOKEN;
  if (host !== undefined && host !== '') {
    const url = /^https?:\/\//.test(host) ? host : `http://${host}`;
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

async function readPorts(files: StateFiles): Promise<Ports | undefined> {
  const text = await readFile(files.ports, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Ports);
}
