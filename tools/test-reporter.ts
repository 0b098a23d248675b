/** Prints a line for each test file, what failed and why, what was skipped and why, and how many; appends the counts to `FAIRWAY_TEST_RESULTS`. */
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

type Failure = Extract<TestEvent, { type: 'test:fail' }>['data'];
type Pass = Extract<TestEvent, { type: 'test:pass' }>['data'];
type Summary = Extract<TestEvent, { type: 'test:summary' }>['data'];

const maxOutput = 4000;

// biome-ignore lint/style/noDefaultExport: node:test takes a reporter from the default export.
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const skipped: string[] = [];
  const failed: string[] = [];
  const output = new Map<string, string>();
  for await (const event of source) {
    if (event.type === 'test:stderr')
      output.set(event.data.file, `${output.get(event.data.file) ?? ''}${event.data.message}`.slice(-maxOutput));
    if (event.type === 'test:pass' && isSkipped(event.data)) skipped.push(skippedLine(event.data));
    if (event.type === 'test:fail' && !isFailureOfParts(event.data)) {
      failed.push(failedLine(event.data));
      yield failure(event.data, output);
    }
    if (event.type === 'test:summary')
      yield event.data.file === undefined ? closing(event.data, { skipped, failed }) : fileLine(event.data, event.data.file);
  }
}

/** A suite fails with its tests; those have been told already. */
const isFailureOfParts = ({ details }: Failure): boolean =>
  'failureType' in details.error && details.error.failureType === 'subtestsFailed';

const isSkipped = ({ skip, details }: Pass): boolean => skip !== undefined && details.type !== 'suite';

const failedLine = ({ file, line, name }: Failure): string => `${placeOf(file, line)}: ${name}`;

function failure(data: Failure, output: ReadonlyMap<string, string>): string {
  // A file that ended by itself has no other words than what it printed.
  const printed = data.name === data.file ? `${indented(output.get(data.file) ?? '')}\n` : '';
  return `✖ ${failedLine(data)}\n${indented(reasonOf(data))}\n${printed}`;
}

const skippedLine = ({ file, name, skip }: Pass): string => `${placeOf(file)}: ${name} (${skip === true ? 'no reason given' : skip})`;

const fileLine = ({ success, counts, duration_ms: tookMs }: Summary, file: string): string =>
  `${success ? '✔' : '✖'} ${placeOf(file)} ${counts.tests} tests, ${Math.round(tookMs)} ms\n`;

function closing({ counts }: Summary, told: { skipped: string[]; failed: string[] }): string {
  const result = { passed: counts.passed, failed: told.failed.length, skipped: counts.skipped + counts.todo };
  const path = process.env.FAIRWAY_TEST_RESULTS;
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(result)}\n`);
  const list = (title: string, lines: string[]): string =>
    lines.length === 0 ? '' : `\n${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
  const sums = `${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`;
  return `${list('skipped', told.skipped)}${list('failed', told.failed)}\n${sums}\n`;
}

function placeOf(file: string | undefined, line?: number): string {
  const path = file === undefined ? 'unknown file' : relative(process.cwd(), file);
  return line === undefined ? path : `${path}:${line}`;
}

function reasonOf({ details: { error } }: Failure): string {
  const shown = error.cause ?? error;
  return typeof shown === 'string' ? shown : inspect(shown, { depth: 6 });
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
