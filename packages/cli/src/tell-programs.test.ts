import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notesOnPrograms } from './tell-programs.ts';

const now = Date.parse('2026-01-01T12:00:00Z');
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
const gateway = { name: 'gateway', restarts: 0 } as const;

test('programs are told of when they do not run, or fell a short while ago', () => {
  for (const { because, program, expected } of [
    { because: 'it runs', program: { ...gateway, state: 'running' }, expected: [] },
    {
      because: 'it was started again, and who saw it hang wants to know why',
      program: { ...gateway, state: 'running', restarts: 2, lastExit: 'killed by SIGKILL', lastExitAt: ago(59) },
      expected: ['gateway was started again at 11:01:00Z: killed by SIGKILL'],
    },
    {
      because: 'that is long ago',
      program: { ...gateway, state: 'running', restarts: 2, lastExit: 'killed by SIGKILL', lastExitAt: ago(61) },
      expected: [],
    },
    {
      because: 'it waits for its next start',
      program: { ...gateway, state: 'backing-off', restarts: 2, lastExit: 'exit code 1', nextStartAt: ago(-1) },
      expected: ['gateway does not run: exit code 1; it is started again at 12:01:00Z'],
    },
    {
      because: 'waiting would not help',
      program: { ...gateway, state: 'failed', lastExit: 'exit code 64' },
      expected: ['gateway does not run: exit code 64; fairway doctor says more'],
    },
  ] as const)
    assert.deepEqual(notesOnPrograms([program], now), expected, because);
});
