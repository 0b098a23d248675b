import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { preferredPorts } from './choose-ports.ts';
import { stateFiles, stateFolder } from './state-folder.ts';
import { supervise } from './supervise.ts';

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    'plain-port': { type: 'string' },
    'tls-port': { type: 'string' },
    'gateway-port': { type: 'string' },
    'cluster-port': { type: 'string' },
  },
});
const checkout = resolve(new URL('../../..', import.meta.url).pathname);
const port = (name: 'plain' | 'tls' | 'gateway' | 'cluster'): number => Number(values[`${name}-port`] ?? preferredPorts[name]);
const untilStopped = new Promise<void>((stop) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop());
});
try {
  await supervise({
    files: stateFiles(values.home ?? stateFolder(process.env, checkout, homedir())),
    wanted: { plain: port('plain'), tls: port('tls'), gateway: port('gateway'), cluster: port('cluster') },
    checkout,
    env: process.env,
    untilStopped,
  });
} catch (error) {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level: 'error', msg: (error as Error).message })}\n`);
  process.exitCode = 1;
}
