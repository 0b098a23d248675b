import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentContext } from './agent-context.ts';
import type { ContainerWork } from './container-work.ts';
import { stopContainer } from './stop-container.ts';

test('a stop that failed can be tried again', async () => {
  const attempts: string[] = [];
  const context = {
    clock: { now: () => 0 },
    recordEvent: () => {},
    runtime: {
      stop: async (id: string) => {
        attempts.push(id);
        if (attempts.length === 1) throw new Error('the process table cannot be read');
      },
    },
  } as unknown as AgentContext;
  const work = { container: { name: 'main' }, current: { id: 'pod.main.0' }, watchers: [], isStopping: false } as unknown as ContainerWork;
  const plan = { pod: {} as never, work, why: 'the pod was deleted', graceSeconds: 1, portOf: (port: number) => port };

  await assert.rejects(stopContainer(context, plan), /process table/);
  await stopContainer(context, plan);

  assert.deepEqual(attempts, ['pod.main.0', 'pod.main.0']);
  assert.equal(work.isStopping, false);
});
