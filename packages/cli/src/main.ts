import { resolve } from 'node:path';
import { runCli } from './run-cli.ts';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
// A reader that is gone (head, a closed pager) is the end, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
const code = await runCli({
  argv: process.argv.slice(2),
  cwd: process.cwd(),
  checkout: resolve(new URL('../../..', import.meta.url).pathname),
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  signal: stop.signal,
});
process.exit(code);
