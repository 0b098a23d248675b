/**
 * Runs the measurements whose names are given, or all, and prints one table: `node bench/run.ts [name…]`.
 * Exits with 1 when a figure misses its reach. A measurement is a file of this folder (see harness/measurement.ts).
 */
import { readdir } from 'node:fs/promises';
import { conditions } from './harness/conditions.ts';
import type { Measurement, Row } from './harness/measurement.ts';

const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith('.ts') && file !== 'run.ts').sort();
const known = files.map((file) => file.slice(0, -'.ts'.length));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no measurement ${unknown.join(', ')}; there are ${known.join(', ')}`);
  process.exit(2);
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const cellsOf = ({ name, reach }: Measurement, { ours, peer = '–', figure, isReached, note = '' }: Row): string[] => [
  name,
  reach,
  ours,
  peer,
  isReached ? figure : `**${figure}**`,
  note,
];

console.log(conditions());
console.log(line(['what', 'reach', 'Fairway', 'peer', 'figure', 'how']));
console.log(line(Array<string>(6).fill('---')));
let isReached = true;
for (const name of wanted.length > 0 ? wanted : known) {
  const measurement = (await import(`./${name}.ts`)) as Measurement;
  const row = await measurement.run();
  isReached &&= row.isReached;
  console.log(line(cellsOf(measurement, row)));
}
console.log(`load after it: ${conditions().split('load ')[1]}`);
process.exitCode = isReached ? 0 : 1;
