import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runCli } from './run-cli.ts';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('interrupted')));
// A reader that is gone (head, a closed pager) is the end, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
const code = await runCli({
  argv: process.argv.slice(2),
  cwd: process.cwd(),
  checkout: fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, ''),
  home: homedir(),
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  signal: stop.signal,
});
process.exit(code);
