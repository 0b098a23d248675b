import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkout, ensureBuilder } from './installation.ts';
import { processesOf } from './own-processes.ts';
import { runCommand } from './run-command.ts';

interface Result {
  push: string[];
  promote: string[];
  missed: { push: string[]; promote: string[] };
  acknowledged: number;
  wrong: string[];
}

const limitMs = 240_000;

/** Runs the main job in fresh installations whose program is killed at these points; the benchmark `crash-steps` does so at all there are. */
async function runCases(t: TestContext, cases: readonly object[]): Promise<Result[]> {
  await ensureBuilder();
  const folder = await mkdtemp(join(tmpdir(), 'fairway-e2e-'));
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  t.after(async () => {
    const left = processesOf(folder);
    for (const pid of left) process.kill(pid, 'SIGKILL');
    const files = await readdir(scratch);
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual({ left, files }, { left: [], files: [] }, 'an installation left something behind');
  });
  const { PATH = '', HOME = '' } = process.env;
  const args = ['--disable-warning=ExperimentalWarning', join(checkout, 'bench', 'crash', 'main.ts')];
  const options = { cwd: folder, env: { PATH, HOME, TMPDIR: scratch }, stdin: JSON.stringify(cases), limitMs };
  const { code, stdout, stderr } = await runCommand(process.execPath, args, options);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Result[];
}

for (const { program, because, cases } of [
  {
    program: 'control-plane',
    because: 'what was done and not noted is found again, and what was decided is done once',
    cases: [
      { push: ['after cluster create Job', 'after commit deployment.record'], promote: ['after commit component.promote'] },
      { push: ['before records write', 'before commit release.create'], promote: ['before cluster apply Deployment'] },
    ],
  },
  {
    program: 'local-cluster',
    because: 'a container that was noted is started, and one that was started is adopted',
    cases: [
      { push: ['before container spawn', 'before container spawn'], promote: ['before container spawn'] },
      { push: ['after container spawn', 'after commit deployment.roll'], promote: ['after commit pod.status'] },
    ],
  },
])
  test(`a ${program} that is killed between two steps loses nothing and starts nothing twice: ${because}`, async (t) => {
    const results = await runCases(
      t,
      cases.map((points) => ({ program, ...points })),
    );

    for (const { push, promote, missed, acknowledged, wrong } of results) {
      assert.deepEqual(wrong, [], [...push, ...promote].join(', '));
      assert.deepEqual(missed, { push: [], promote: [] }, 'each kill came about');
      assert.ok(acknowledged > 10, `${acknowledged} writes beside it`);
    }
  });
