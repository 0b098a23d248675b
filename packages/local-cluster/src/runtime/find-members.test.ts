import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerRecord } from './container-record.ts';
import { containerIdVariable, findMembers } from './find-members.ts';
import type { ProcessEntry, ProcessTable } from './process-table.ts';

const entryOf = (pid: number): ProcessEntry => ({
  pid,
  parent: 1,
  group: pid,
  session: pid,
  startedAt: '1',
  cpuMs: 0,
  childCpuMs: 0,
  memoryBytes: 0,
  isZombie: false,
});

const recordOf = (id: string): ContainerRecord =>
  ({ id, bootId: 'boot', pid: undefined, pidStartedAt: undefined }) as unknown as ContainerRecord;

test('looks at the machine once for all who ask together, and again for who asks later', async () => {
  const processes = new Map([
    [1_000_001, 'a'],
    [1_000_002, 'b'],
  ]);
  let looks = 0;
  const table: ProcessTable = {
    bootId: async () => 'boot',
    list: async () => {
      looks += 1;
      return [...processes.keys()].map(entryOf);
    },
    find: async () => undefined,
    environ: async (pid) => new Map([[containerIdVariable, processes.get(pid) ?? '']]),
    listeners: async () => [],
  };
  const pidsOf = async (id: string): Promise<number[]> => (await findMembers(table, recordOf(id))).map(({ pid }) => pid);

  const together = Promise.all([pidsOf('a'), pidsOf('b'), pidsOf('c')]);
  processes.set(1_000_003, 'c');
  assert.deepEqual(await together, [[1_000_001], [1_000_002], [1_000_003]], 'what began before the look is seen');
  assert.equal(looks, 1);

  processes.delete(1_000_001);
  assert.deepEqual(await pidsOf('a'), []);
  assert.equal(looks, 2);
});
