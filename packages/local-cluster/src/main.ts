import { createLog } from '@fairway/resources/log';
import { giveOwnMemoryBackAtRest } from '@fairway/resources/memory';
import { isProblem, systemClock } from '@fairway/resources/model';
import { type LocalCluster, readSettings, startLocalCluster } from './api/index.ts';

// sysexits' "temporary failure": the supervisor tries again, later and later.
const tryAgainLater = 75;
const wrongUsage = 64;

const log = createLog({ write: (line) => process.stdout.write(line), now: systemClock.now });

const fail = (error: unknown): never => {
  const code = (error as { code?: unknown }).code;
  if (code === 'EADDRINUSE' || code === 'EACCES') {
    const port = (error as { port?: number }).port;
    log.error(`port ${port} is taken by another program: stop it, or start with another --port`, { port });
    process.exit(tryAgainLater);
  }
  const isUsage = isProblem(error, 'invalid');
  log.error(isProblem(error) ? error.message : 'the local cluster cannot start', isUsage ? {} : { error });
  process.exit(isUsage ? wrongUsage : isProblem(error, 'unavailable') ? tryAgainLater : 1);
};

const stopOn = (cluster: LocalCluster): void => {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals, stopApplications: boolean): void => {
    if (isStopping) return;
    isStopping = true;
    log.info('stopping', { signal, stopApplications });
    cluster.stop({ stopApplications }).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('the stop failed', { error });
        process.exit(1);
      },
    );
  };
  // An update or a crash of ours must not touch applications; only the word that everything ends does.
  process.on('SIGTERM', (signal) => stop(signal, false));
  process.on('SIGINT', (signal) => stop(signal, false));
  process.on('SIGUSR2', (signal) => stop(signal, true));
};

const startedAt = performance.now();
try {
  const settings = readSettings(process.argv.slice(2));
  const cluster = await startLocalCluster({ settings, clock: systemClock, log, env: process.env });
  stopOn(cluster);
  giveOwnMemoryBackAtRest(systemClock);
  log.info('ready', { port: cluster.port, node: settings.nodeName, tookMs: Math.round(performance.now() - startedAt) });
} catch (error) {
  fail(error);
}
