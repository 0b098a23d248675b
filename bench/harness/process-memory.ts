import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const bytesPerLine = 1024;

interface Mapping {
  file: string | undefined;
  resident: number;
  anonymous: number;
}

/** One process's mappings from `/proc/PID/smaps`, in bytes. */
const mappingsOf = (pid: number): Mapping[] => {
  const mappings: Mapping[] = [];
  let current: Mapping | undefined;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const head = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ (\d+) *(.*)$/.exec(line);
    if (head !== null) {
      current = { file: head[1] === '0' ? undefined : head[2], resident: 0, anonymous: 0 };
      mappings.push(current);
      continue;
    }
    const [name, value] = line.split(/:\s*/);
    if (current === undefined || value === undefined) continue;
    const bytes = Number.parseInt(value, 10) * bytesPerLine;
    if (name === 'Rss') current.resident = bytes;
    if (name === 'Anonymous') current.anonymous = bytes;
  }
  return mappings;
};

export interface Memory {
  /** What these processes would take if nobody else ran: their own pages, and each file's pages once. Never less than their proportional set size. */
  total: number;
  /** Proportional set size as the kernel tells it. Smaller where other programs run on the same Node. */
  proportional: number;
  /** Own pages of each, in the order of `pids`. */
  own: number[];
}

/** Memory of some processes together, in bytes; Linux only. */
export const memoryOf = (pids: readonly number[]): Memory => {
  const files = new Map<string, number>();
  const own = pids.map((pid) => {
    let sum = 0;
    const ofFiles = new Map<string, number>();
    for (const { file, resident, anonymous } of mappingsOf(pid)) {
      sum += anonymous;
      if (file !== undefined) ofFiles.set(file, (ofFiles.get(file) ?? 0) + resident - anonymous);
      else sum += resident - anonymous;
    }
    for (const [file, bytes] of ofFiles) files.set(file, Math.max(files.get(file) ?? 0, bytes));
    return sum;
  });
  const sum = (values: Iterable<number>): number => [...values].reduce((before, value) => before + value, 0);
  return { total: sum(own) + sum(files.values()), proportional: sum(pids.map(proportionalOf)), own };
};

const proportionalOf = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? Number.NaN) * bytesPerLine;

/** The shells that lead the applications' process groups are ours too; they carry the installation's folder in their environment. */
export const shellsOf = (folder: string): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return (
          environment.includes('FAIRWAY_POD_UID=') && environment.includes(folder) && /\/(da|ba)?sh$/.test(readlinkSync(`/proc/${pid}/exe`))
        );
      } catch {
        // Gone, or another user's.
        return false;
      }
    });
