/**
 * Given to a program with `--import`. Writes down each step that the program begins, and ends the program by SIGKILL just before or just after the step
 * that the first line of the file `….armed` names (`before commit build.create`). The line goes over to `….killed` first, so that the next start goes on
 * to the next one, or in peace.
 */
import { tracingChannel } from 'node:diagnostics_channel';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

interface Step {
  name: string;
}

const { FAIRWAY_BENCH_STEPS: file = '' } = process.env;

const killAt = (met: string): void => {
  if (!existsSync(`${file}.armed`)) return;
  const [first, ...others] = readFileSync(`${file}.armed`, 'utf8').split('\n');
  if (first !== met) return;
  writeFileSync(`${file}.armed`, others.join('\n'));
  appendFileSync(`${file}.killed`, `${met}\n`);
  process.kill(process.pid, 'SIGKILL');
};
const ignore = (): void => {};

tracingChannel<Step, Step>('fairway:step').subscribe({
  start: ({ name }) => {
    appendFileSync(`${file}.steps`, `${name}\n`);
    killAt(`before ${name}`);
  },
  end: ignore,
  asyncStart: ({ name }) => killAt(`after ${name}`),
  asyncEnd: ignore,
  error: ignore,
});
