import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type Listener, type ProcessEntry, type ProcessTable, parseEnviron } from './process-table.ts';

// USER_HZ and the page size of /proc are the same on every Linux that Node runs on; arm64 kernels with 16 or 64 KiB pages show too little memory.
const msPerTick = 10;
const bytesPerPage = 4096;
const maxProcesses = 100_000;
const listenState = '0A';

const attempt = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch {
    // Gone meanwhile, or another user's: both mean "not known".
    return undefined;
  }
};

/** `pid (name) state ppid …`; the name may hold spaces and parentheses, so that counting starts after the last one. */
export const parseStat = (pid: number, text: string): ProcessEntry | undefined => {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index - 3] ?? 0);
  const startedAt = fields[19];
  if (startedAt === undefined) return undefined;
  return {
    pid,
    parent: number(4),
    group: number(5),
    session: number(6),
    startedAt,
    cpuMs: (number(14) + number(15)) * msPerTick,
    childCpuMs: (number(16) + number(17)) * msPerTick,
    memoryBytes: number(24) * bytesPerPage,
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
  };
};

const readEntry = (root: string, pid: number): ProcessEntry | undefined => {
  const text = attempt(() => readFileSync(`${root}/${pid}/stat`, 'latin1'));
  return text === undefined ? undefined : parseStat(pid, text);
};

const listeningInodes = (root: string): Map<string, number> => {
  const found = new Map<string, number>();
  for (const file of ['tcp', 'tcp6']) {
    const text = attempt(() => readFileSync(`${root}/net/${file}`, 'latin1')) ?? '';
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === listenState && inode !== undefined) found.set(inode, Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16));
    }
  }
  return found;
};

const listenersOf = (root: string, pids: readonly number[], inodes: ReadonlyMap<string, number>): Listener[] =>
  pids.flatMap((pid) => {
    const files = attempt(() => readdirSync(`${root}/${pid}/fd`)) ?? [];
    const ports = new Set<number>();
    for (const file of files) {
      const target = attempt(() => readlinkSync(`${root}/${pid}/fd/${file}`)) ?? '';
      const port = target.startsWith('socket:[') ? inodes.get(target.slice(8, -1)) : undefined;
      if (port !== undefined) ports.add(port);
    }
    return [...ports].map((port) => ({ pid, port }));
  });

/** Reads /proc. Reads are synchronous because /proc never waits for a disk and a thread for each file costs ten times the read. */
export function createLinuxProcessTable({ root = '/proc' }: { root?: string } = {}): ProcessTable {
  const bootId = readFileSync(`${root}/sys/kernel/random/boot_id`, 'latin1').trim();
  let inodes: Map<string, number> | undefined;
  /** Read once in a turn of the event loop: the kernel writes a line for every connection of the machine. */
  const inodesNow = (): Map<string, number> => {
    if (inodes === undefined) {
      inodes = listeningInodes(root);
      setImmediate(() => {
        inodes = undefined;
      });
    }
    return inodes;
  };
  return {
    bootId: async () => bootId,
    list: async () =>
      readdirSync(root)
        .filter((name) => /^\d+$/.test(name))
        .slice(0, maxProcesses)
        .map((name) => readEntry(root, Number(name)))
        .filter((entry) => entry !== undefined),
    find: async (pid) => readEntry(root, pid),
    environ: async (pid) => {
      const text = attempt(() => readFileSync(`${root}/${pid}/environ`, 'utf8'));
      return text === undefined ? undefined : parseEnviron(text.split('\0'));
    },
    listeners: async (pids) => listenersOf(root, pids, inodesNow()),
  };
}
