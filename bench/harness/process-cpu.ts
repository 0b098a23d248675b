import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** User and system time that a process has used, in µs; Linux only (a step is 10 ms). */
export const processCpu = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1_000_000;
};
