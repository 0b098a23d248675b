import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DataPlane } from '../ports.ts';
import { followDataPlanes } from './follow-data-planes.ts';

test('follows a plane by its new connection when credentials have changed, and no longer one that is gone', async () => {
  const running = new Map<string, number>();
  const planeOf = (id: string): DataPlane =>
    ({
      follow: (_selection: unknown, _onChange: unknown, signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          running.set(id, (running.get(id) ?? 0) + 1);
          signal.addEventListener('abort', () => {
            running.set(id, (running.get(id) ?? 0) - 1);
            resolve();
          });
        }),
    }) as unknown as DataPlane;
  const [old, fresh, other] = ['old', 'fresh', 'other'].map((id) => ({ plane: planeOf(id), connection: {} }));
  assert.ok(old !== undefined && fresh !== undefined && other !== undefined);
  const rounds = [
    [
      { name: 'acme/main', ...old },
      { name: 'acme/other', ...other },
    ],
    [
      { name: 'acme/main', ...old },
      { name: 'acme/other', ...other },
    ],
    [{ name: 'acme/main', ...fresh }],
  ];
  const seen: Record<string, number>[] = [];
  const stop = new AbortController();

  await followDataPlanes(
    {
      dataPlanes: { all: async () => rounds[seen.length] ?? [], forEnvironment: () => Promise.reject(new Error('not asked')) },
      wake: () => {},
      pause: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(Object.fromEntries(running));
        if (seen.length === rounds.length) stop.abort();
      },
      onProblem: (name, error) => assert.fail(`${name}: ${error}`),
    },
    stop.signal,
  );

  // Objects and pods: two followings a plane.
  assert.deepEqual(seen, [
    { old: 2, other: 2 },
    { old: 2, other: 2 },
    { old: 0, other: 0, fresh: 2 },
  ]);
  assert.deepEqual(Object.fromEntries(running), { old: 0, other: 0, fresh: 0 });
});
