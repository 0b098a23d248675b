import { join } from 'node:path';
import type { Log } from '@fairway/resources/log';
import { type Clock, Problem } from '@fairway/resources/model';
import type { RunningLoop } from '@fairway/resources/reconcile';
import { followCertificate, readCertificate } from '@fairway/resources/secrets';
import { createHttpServer, createRequestFigures, type Listener } from '#http';
import { publishBuilder } from './builder-image.ts';
import { ensureAdministrator, ensureDefaults } from './default-state.ts';
import type { Settings } from './settings.ts';
import { createSurfaces } from './surfaces.ts';
import { wire } from './wire.ts';

export interface ControlPlane {
  ports: { plain: number; tls: number };
  stop(): Promise<void>;
}

// Longer than most requests, shorter than the supervisor's patience.
const stopGraceMs = 8_000;

/** Starts a control plane: store, listeners, default objects, reconcilers. It serves as soon as it listens; `/ready` says when all of it runs. */
export async function startControlPlane(options: { settings: Settings; clock: Clock; log: Log; bundle: string }): Promise<ControlPlane> {
  const { settings, clock, log } = options;
  const platform = await wire({ settings, clock, log });
  const figures = createRequestFigures();
  let loops: RunningLoop | undefined;
  const stopping = new AbortController();
  await ensureDefaults(platform.resources);
  await ensureAdministrator(platform.tokens, join(settings.home, 'admin.token'));
  const surfaces = createSurfaces({ platform, settings, figures, loops: () => loops, clock, log });
  const server = createHttpServer({
    surfaces,
    checkToken: platform.tokens.check,
    useKey: platform.usedKeys.use,
    figures,
    onRefused: platform.refusals.note,
    log: log.with({ room: 'http' }),
    now: clock.now,
  });
  const listen = (listener: Listener): Promise<number> =>
    server.listen(listener).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'EADDRINUSE'
        ? new Problem({ reason: 'unavailable', message: `port ${listener.port} is in use: give another`, code: 'PORT_IN_USE', cause })
        : cause;
    });
  const files = { certificate: join(settings.home, 'pki', 'server.crt'), key: join(settings.home, 'pki', 'server.key') };
  const certificate = await readCertificate(files);
  const plain = await listen({ host: settings.host, port: settings.port });
  const tls = await listen({ host: settings.host, port: settings.tlsPort, tls: certificate });
  const following = Promise.all([
    platform.tokens.follow(stopping.signal),
    platform.usedKeys.follow(stopping.signal),
    followCertificate({ files, present: certificate, use: server.useCertificate, clock, log: log.with({ room: 'http' }) }, stopping.signal),
  ]);
  platform.builder.digest = await publishBuilder(platform.artifacts, options.bundle, stopping.signal);
  loops = await platform.startLoops(stopping.signal);
  return {
    ports: { plain, tls },
    stop: async () => {
      stopping.abort(new Error('the control plane is stopping'));
      await server.close(stopGraceMs);
      await loops?.stop();
      await following;
      await platform.close();
    },
  };
}
