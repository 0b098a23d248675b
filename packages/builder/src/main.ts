/** The program of a build step: one build, then the result as the container's termination message. Exit code 0 only when the image is pushed. */
import { writeFileSync } from 'node:fs';
import { runBuild } from './run-build.ts';

const controller = new AbortController();
process.once('SIGTERM', () => controller.abort());
process.once('SIGINT', () => controller.abort());

const outcome = await runBuild({
  env: process.env,
  log: (line) => process.stdout.write(`${line}\n`),
  signal: controller.signal,
});
try {
  writeFileSync(process.env.TERMINATION_LOG || '/dev/termination-log', JSON.stringify(outcome));
} catch (error) {
  process.stdout.write(`note: the result could not be written as termination message: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
if ('failure' in outcome) process.exitCode = 1;
