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

/**
 * All living processes of a container: its group, who carries its id in the environment, and their descendants.
 * When the pid of the leader belongs to a process of another start time, the number was given away and its group is a stranger's.
 */
export async function findMembers(table: ProcessTable, record: ContainerRecord): Promise<ProcessEntry[]> {
  if (record.bootId !== (await table.bootId())) return [];
  const all = await table.list();
  const leader = all.find((entry) => entry.pid === record.pid);
  const groupIsOurs = record.pid !== undefined && (leader === undefined || leader.startedAt === record.pidStartedAt);
  const found = new Map<number, ProcessEntry>();
  for (const entry of all) {
    if (entry.pid === process.pid) continue;
    if (groupIsOurs && entry.group === record.pid && entry.session === record.pid) found.set(entry.pid, entry);
    else if ((await table.environ(entry.pid))?.get(containerIdVariable) === record.id) found.set(entry.pid, entry);
  }
  withDescendants(found, all);
  return [...found.values()].filter((entry) => !entry.isZombie);
}

/** True while the leader of the group is the process that was started. */
export async function leaderLives(table: ProcessTable, record: ContainerRecord): Promise<boolean> {
  if (record.pid === undefined || record.bootId !== (await table.bootId())) return false;
  const leader = await table.find(record.pid);
  return leader !== undefined && leader.startedAt === record.pidStartedAt && !leader.isZombie;
}
