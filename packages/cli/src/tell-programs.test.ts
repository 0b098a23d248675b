import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from './exit-codes.ts';
import { notesOnPrograms } from './tell-programs.ts';
import { runForTest, temporaryFolder } from './testing/run-for-test.ts';

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

test('a damaged status file is told and keeps no command from its work', async (t) => {
  const home = join(temporaryFolder(t), 'state');
  const file = join(home, 'run', 'status.json');
  const env = { FAIRWAY_HOME: home };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'damaged');

  const doctor = await runForTest(t, ['doctor', '-o', 'json'], { env });
  const down = await runForTest(t, ['down'], { env });

  const { findings } = JSON.parse(doctor.stdout) as { findings: { what: string; message: string }[] };
  assert.match(findings.find(({ what }) => what === 'supervisor')?.message ?? '', /it was killed: fairway up starts it/);
  for (const { stderr } of [doctor, down]) assert.match(stderr, /status\.json was damaged/);
  assert.deepEqual([down.code, down.stdout], [exitCodes.ok, 'nothing was running\n']);
  assert.equal(existsSync(file), false);
});
