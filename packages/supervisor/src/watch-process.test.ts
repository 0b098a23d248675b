import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity, signalProcess } from './process-identity.ts';
import type { Program } from './programs.ts';
import { untilGone } from './testing/small-installation.ts';
import { type ProgramStatus, type WatchedProgram, watchProgram } from './watch-process.ts';

const waitMs = 10_000;

// Nobody listens there; nothing is asked before ten seconds have passed.
const port = 9;

function programOf(t: TestContext, script: string, stopGraceMs = 5_000): Program {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-watch-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return {
    name: 'gateway',
    command: '/bin/sh',
    args: ['-c', script],
    env: { PATH: process.env.PATH ?? '' },
    cwd: folder,
    log: join(folder, 'logs', 'gateway.log'),
    stopSignal: 'SIGTERM',
    stopGraceMs,
    port,
  };
}
function watch(t: TestContext, program: Program, adopt?: ProcessIdentity): WatchedProgram {
  const watched = watchProgram(program, { adopt, onChange: () => {}, now: Date.now, firstDelayMs: 20 });
  t.after(() => watched.stop());
  return watched;
}
async function until(watched: WatchedProgram, isSo: (status: ProgramStatus) => boolean): Promise<ProgramStatus> {
  for (const deadline = Date.now() + waitMs; Date.now() < deadline; await delay(10)) if (isSo(watched.status())) return watched.status();
  throw new Error(`it did not come to be so: ${JSON.stringify(watched.status())}`);
}

test('a program that falls is started again, each time later', async (t) => {
  const program = programOf(t, 'date +%s%3N; exit 3');

  const status = await until(watch(t, program), ({ restarts }) => restarts >= 4);

  assert.equal(status.lastExit, 'exit code 3');
  const times = readFileSync(program.log, 'utf8').trim().split('\n').map(Number);
  const pauses = times.slice(1).map((time, at) => time - (times[at] ?? 0));
  for (const [at, least] of [20, 40, 80].entries()) assert.ok((pauses[at] ?? 0) >= least, `pause ${at} was ${pauses[at]} ms`);
});

test('a program that was started wrongly is not started again, and says so', async (t) => {
  const watched = watch(t, programOf(t, 'exit 64'));

  const status = await until(watched, ({ state }) => state === 'failed');
  await delay(100);

  assert.match(status.lastExit ?? '', /does not understand how it was started/);
  assert.equal(watched.status().restarts, 0);
});

test('a program whose log cannot be opened is told, and tried again until it can', async (t) => {
  const program = programOf(t, 'sleep 100');
  const logs = join(program.cwd, 'logs');
  writeFileSync(logs, 'a file where the folder should be');
  const watched = watch(t, program);

  const waiting = await until(watched, ({ restarts }) => restarts >= 2);
  rmSync(logs);

  assert.match(waiting.lastExit ?? '', /could not be started/);
  await until(watched, ({ state, process }) => state === 'running' && process !== undefined);
});

test('a taken port is told, and tried again', async (t) => {
  const status = await until(watch(t, programOf(t, 'exit 75')), ({ restarts }) => restarts >= 2);

  assert.match(status.lastExit ?? '', /port is taken/);
});

test('a program that cannot be started at all is told and tried again', async (t) => {
  const status = await until(watch(t, { ...programOf(t, ''), command: '/nonexistent/program' }), ({ restarts }) => restarts >= 1);

  assert.match(status.lastExit ?? '', /ENOENT/);
});

test('a process of an earlier supervisor is adopted, and started again when it ends', async (t) => {
  const child = spawn('/bin/sh', ['-c', 'exec sleep 60'], { detached: true, stdio: 'ignore' });
  const identity = identify(child.pid ?? 0);
  assert.ok(identity);
  t.after(() => signalProcess(identity, 'SIGKILL'));
  const watched = watch(t, programOf(t, 'exec sleep 60'), identity);
  assert.deepEqual(watched.status().process, identity);

  child.kill('SIGKILL');
  const status = await until(watched, ({ state, restarts }) => state === 'running' && restarts === 1);

  assert.notEqual(status.process?.pid, identity.pid);
  assert.match(status.lastExit ?? '', /while nobody watched/);
});

test('a stop ends the program; one that does not hear ends with all that it started', async (t) => {
  const willing = watch(t, programOf(t, 'exec sleep 60'));
  const deaf = programOf(t, 'trap "" TERM; sleep 60 & echo $!; wait; wait', 150);
  const watchedDeaf = watch(t, deaf);
  const child = await childOf(deaf);
  const [first, second] = [willing.status().process, watchedDeaf.status().process];
  assert.ok(first && second);

  await willing.stop();
  await watchedDeaf.stop();

  for (const process of [first, second, child]) await untilGone(process);
  assert.equal(willing.status().state, 'stopped');
  assert.equal(willing.status().restarts, 0);
});

test('another process that has the number now is never signalled', () => {
  const me = identify(process.pid);
  assert.ok(me);
  const earlier = { pid: me.pid, startedAt: `${me.startedAt}0` };
  const beforeReboot = { pid: me.pid, startedAt: me.startedAt.replace(/^[^:]*/, 'another-boot') };

  assert.equal(isAlive(me), true);
  for (const stranger of [earlier, beforeReboot]) {
    assert.equal(isAlive(stranger), false);
    // Were it sent, this test would end here.
    signalProcess(stranger, 'SIGKILL');
  }
});

async function childOf(program: Program): Promise<ProcessIdentity> {
  for (const deadline = Date.now() + waitMs; Date.now() < deadline; await delay(10)) {
    const child = identify(Number(readFileSync(program.log, 'utf8').trim()));
    if (child !== undefined) return child;
  }
  throw new Error('the child did not start');
}
