import { join } from 'node:path';
import { createLog } from '@fairway/resources/log';
import { giveOwnMemoryBackAtRest } from '@fairway/resources/memory';
import { isProblem, systemClock } from '@fairway/resources/model';
import { readSettings } from './settings.ts';
import { startControlPlane } from './start-control-plane.ts';

// What the supervisor understands as "the port is taken".
const portTakenExit = 75;

const early = createLog({ write: (line) => void process.stdout.write(line), now: Date.now, fields: { process: 'control-plane' } });
try {
  const settings = await readSettings(process.argv.slice(2), process.env);
  const log = createLog({
    write: (line) => void process.stdout.write(line),
    now: Date.now,
    level: settings.logLevel,
    fields: { process: 'control-plane' },
  });
  const bundle = join(import.meta.dirname, '..', '..', '..', 'builder', 'dist', 'builder.mjs');
  const controlPlane = await startControlPlane({ settings, clock: systemClock, log, bundle });
  giveOwnMemoryBackAtRest(systemClock);
  log.info('ready', controlPlane.ports);
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      log.info('stopping', { signal });
      controlPlane.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error('the stop failed', { error });
          process.exit(1);
        },
      );
    });
} catch (error) {
  early.error('the control plane did not start', { error });
  process.exit(isProblem(error) && error.details.code === 'PORT_IN_USE' ? portTakenExit : 1);
}
