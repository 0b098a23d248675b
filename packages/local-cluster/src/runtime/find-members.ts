import { setImmediate } from 'node:timers/promises';
import type { ContainerRecord } from './container-record.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';

/** Variable that every process of a container inherits: it finds those that left the group. */
export const containerIdVariable = 'FAIRWAY_CONTAINER_ID';

const withDescendants = (found: Map<number, ProcessEntry>, all: readonly ProcessEntry[]): void => {
  for (let grown = true; grown; ) {
    grown = false;
    for (const entry of all) {
      if (!found.has(entry.pid) && found.has(entry.parent)) {
        found.set(entry.pid, entry);
        grown = true;
      }
    }
  }
};

/** The processes of the machine at one moment, with the container ids that they carry. */
export interface Snapshot {
  bootId: string;
  entries: readonly ProcessEntry[];
  carries: ReadonlyMap<number, string>;
}

async function readSnapshot(table: ProcessTable): Promise<Snapshot> {
  const entries = await table.list();
  const carries = new Map<number, string>();
  for (const { pid } of entries) {
    const id = pid === process.pid ? undefined : (await table.environ(pid))?.get(containerIdVariable);
    if (id !== undefined) carries.set(pid, id);
  }
  return { bootId: await table.bootId(), entries, carries };
}

const coming = new WeakMap<ProcessTable, Promise<Snapshot>>();

/**
 * A look at the machine that begins after the call. All who ask in one turn of the event loop share it: each look reads every process, and fifty
 * pods that start or end together would ask for hundreds.
 */
export function takeSnapshot(table: ProcessTable): Promise<Snapshot> {
  const known = coming.get(table);
  if (known !== undefined) return known;
  const look = setImmediate().then(() => {
    coming.delete(table);
    return readSnapshot(table);
  });
  coming.set(table, look);
  return look;
}

/**
 * All living processes of a container: its group, who carries its id in the environment, and their descendants.
 * When the pid of the leader belongs to a process of another start time, the number was given away and its group is a stranger's.
 */
export function membersIn({ bootId, entries, carries }: Snapshot, record: ContainerRecord): ProcessEntry[] {
  if (record.bootId !== bootId) return [];
  const leader = entries.find((entry) => entry.pid === record.pid);
  const groupIsOurs = record.pid !== undefined && (leader === undefined || leader.startedAt === record.pidStartedAt);
  const found = new Map<number, ProcessEntry>();
  for (const entry of entries) {
    if (entry.pid === process.pid) continue;
    const isInGroup = groupIsOurs && entry.group === record.pid && entry.session === record.pid;
    if (isInGroup || carries.get(entry.pid) === record.id) found.set(entry.pid, entry);
  }
  withDescendants(found, entries);
  return [...found.values()].filter((entry) => !entry.isZombie);
}

export const findMembers = async (table: ProcessTable, record: ContainerRecord): Promise<ProcessEntry[]> =>
  membersIn(await takeSnapshot(table), record);

/** True while the leader of the group is the process that was started. */
export async function leaderLives(table: ProcessTable, record: ContainerRecord): Promise<boolean> {
  if (record.pid === undefined || record.bootId !== (await table.bootId())) return false;
  const leader = await table.find(record.pid);
  return leader !== undefined && leader.startedAt === record.pidStartedAt && !leader.isZombie;
}
