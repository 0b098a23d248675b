import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { createClusterClient, readKubeconfig } from '@fairway/kubernetes/client';
import { createLog } from '@fairway/resources/log';
import { giveOwnMemoryBackAtRest } from '@fairway/resources/memory';
import { isProblem, systemClock } from '@fairway/resources/model';
import { startGateway } from './gateway.ts';
import { type GatewaySettings, readGatewaySettings } from './gateway-settings.ts';
import { defaultLimits } from './proxy/limits.ts';

// sysexits: EX_USAGE and EX_TEMPFAIL. The supervisor tries again later and later at 75, and not at all at 64.
const usageExit = 64;
const portTakenExit = 75;
const stopMs = 10_000;

const log = createLog({ write: (line) => process.stdout.write(line), now: Date.now, fields: { program: 'gateway' } });

function settingsOrExit(): GatewaySettings {
  try {
    return readGatewaySettings(process.argv.slice(2));
  } catch (error) {
    log.error(isProblem(error) ? error.message : String(error));
    process.exit(usageExit);
  }
}

const settings = settingsOrExit();

try {
  const gateway = await startGateway({
    ...settings,
    clock: systemClock,
    log,
    elapsed: () => performance.now(),
    random: Math.random,
    randomBytes,
    limits: defaultLimits,
    holder: `${hostname()}-${process.pid}`,
    connectCluster: async () => {
      const content = await readFile(settings.kubeconfig, 'utf8');
      return createClusterClient(await readKubeconfig(content, undefined, dirname(settings.kubeconfig)));
    },
  });
  let isStopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info('stopping', { signal });
    await gateway.stop(stopMs);
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  giveOwnMemoryBackAtRest(systemClock);
  log.info('ready', { host: settings.host, port: gateway.port, adminPort: gateway.adminPort });
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  log.error(`Port ${settings.port} of ${settings.host} is taken by another program. Stop it, or start the gateway with another --port.`, {
    port: settings.port,
    adminPort: settings.adminPort,
  });
  process.exit(portTakenExit);
}
