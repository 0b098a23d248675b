import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Ports, portNames } from './choose-ports.ts';
import { stateFiles, stateFolder } from './state-folder.ts';
import { AlreadyWatched, alreadyWatchedExit, supervise } from './supervise.ts';

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    checkout: { type: 'string' },
    'plain-port': { type: 'string' },
    'tls-port': { type: 'string' },
    'gateway-port': { type: 'string' },
    'cluster-port': { type: 'string' },
  },
});
const checkout = values.checkout ?? fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
const wanted: Partial<Ports> = Object.fromEntries(
  portNames.flatMap((name) => (values[`${name}-port`] === undefined ? [] : [[name, Number(values[`${name}-port`])]])),
);
const untilStopped = new Promise<void>((stop) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop());
});
try {
  const files = stateFiles(values.home ?? stateFolder(process.env, checkout, homedir()));
  await supervise({ files, wanted, checkout, env: process.env, untilStopped });
} catch (error) {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level: 'error', msg: (error as Error).message })}\n`);
  process.exitCode = error instanceof AlreadyWatched ? alreadyWatchedExit : 1;
}
