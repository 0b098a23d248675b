import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log, silentLog } from '@fairway/resources/log';
import { systemClock } from '@fairway/resources/model';
import type { RunningLoop } from '@fairway/resources/reconcile';
import { createHttpServer, createRequestFigures, type HttpServer } from '#http';
import { ensureAdministrator, ensureDefaults } from '../default-state.ts';
import { readSettings } from '../settings.ts';
import { createSurfaces } from '../surfaces.ts';
import { type Platform, wire } from '../wire.ts';

export interface RunningControlPlane {
  url: string;
  home: string;
  platform: Platform;
  server: HttpServer;
  /** A request with the administrator's token, or another one. */
  call(
    method: string,
    path: string,
    options?: { body?: unknown; token?: string | null; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** A token of a principal confined as given. */
  token(
    name: string,
    grant: { permissions: readonly string[]; organization?: string; limits?: Record<string, string>; lifetimeMs?: number },
  ): Promise<string>;
  startLoops(): Promise<void>;
  stop(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; undefined when it is none. */
  json: unknown;
}

export const administratorToken = 'fwy_administrator-of-a-test';

/** The whole control plane over a folder, a real database, real git and a real socket; only clusters are absent. */
export async function runControlPlane(
  options: { env?: Record<string, string>; home?: string; log?: Log } = {},
): Promise<RunningControlPlane> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'fairway-test-')));
  const log = options.log ?? silentLog;
  await mkdir(join(home, 'control-plane'), { recursive: true });
  await writeFile(join(home, 'admin.token'), administratorToken);
  const settings = await readSettings([], { FAIRWAY_HOME: home, FAIRWAY_PORT: '0', ...options.env });
  const clock = systemClock;
  const platform = await wire({ settings, clock, log });
  const figures = createRequestFigures();
  const stopping = new AbortController();
  let loops: RunningLoop | undefined;
  await ensureDefaults(platform.resources);
  await ensureAdministrator(platform.tokens, join(home, 'admin.token'));
  const surfaces = createSurfaces({ platform, settings, figures, loops: () => loops, clock, log });
  const server = createHttpServer({
    surfaces,
    checkToken: platform.tokens.check,
    useKey: platform.usedKeys.use,
    figures,
    onRefused: platform.refusals.note,
    log,
    now: clock.now,
  });
  const url = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
  const following = Promise.all([platform.tokens.follow(stopping.signal), platform.usedKeys.follow(stopping.signal)]);
  return {
    url,
    home,
    platform,
    server,
    call: async (method, path, { body, token = administratorToken, headers = {} } = {}) => {
      const answer = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: { connection: 'close', ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, headers: answer.headers, text, json: parsed(text) };
    },
    token: (name, grant) =>
      platform.tokens.issue(
        { caller: { principal: 'user:admin', permissions: ['*'] }, action: 'test.token' },
        { name, principal: `user:${name}`, ...grant },
      ),
    startLoops: async () => {
      loops = await platform.startLoops(stopping.signal);
    },
    stop: async () => {
      stopping.abort();
      await server.close(200);
      await loops?.stop();
      await following;
      await platform.close();
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
