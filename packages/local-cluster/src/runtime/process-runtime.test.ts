import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silentLog } from '@fairway/resources/log';
import { systemClock } from '@fairway/resources/model';
import { type ContainerPlan, createLinuxProcessTable, createProcessRuntime, type ProcessRuntime } from './index.ts';

let root = '';
let runtime: ProcessRuntime;
const processTable = createLinuxProcessTable();
const node = process.execPath;
const open = () => createProcessRuntime({ root: join(root, 'pods'), clock: systemClock, log: silentLog, processTable });

before(async () => {
  root = mkdtempSync(join(tmpdir(), 'fairway-runtime-'));
  runtime = await open();
});
after(async () => {
  for (const podUid of runtime.pods()) await runtime.removePod(podUid);
  await runtime.close();
  rmSync(root, { recursive: true, force: true });
});

const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
const plan = (podUid: string, command: readonly string[], more: Partial<ContainerPlan> = {}): ContainerPlan => ({
  podUid,
  name: 'main',
  attempt: 0,
  image: 'image',
  imageId: 'sha256:0',
  command,
  env,
  cwd: root,
  ...more,
});

async function until<T>(what: string, ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) assert.fail(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const exitOf = (id: string, of = runtime) => until(`${id} ends`, () => of.get(id)?.exit);
const textOf = async (id: string, query = {}, of = runtime): Promise<string> => {
  let text = '';
  for await (const piece of of.readLogs(id, query)) text += Buffer.from(piece).toString();
  return text;
};
const isAlive = async (pid: number): Promise<boolean> => {
  const entry = await processTable.find(pid);
  return entry !== undefined && !entry.isZombie;
};

for (const { command, reason, because } of [
  { command: ['/bin/sh', '-c', 'exit 7'], reason: 'exit 7', because: 'the code is kept' },
  { command: ['/bin/sh', '-c', 'kill -9 $$'], reason: 'signal 9 (SIGKILL)', because: 'a signal is told apart from a code' },
  { command: ['/no/such/program'], reason: 'exit 127', because: 'a missing program is an exit like any other' },
  { command: [node, '-e', 'process.exit(0)'], reason: 'exit 0', because: 'success is a reason too' },
]) {
  test(`keeps the reason "${reason}": ${because}`, async () => {
    const { id } = await runtime.start(plan(`reason-${reason.replace(/\W/g, '')}`, command));

    assert.equal((await exitOf(id)).reason, reason);
  });
}

test('takes arguments as data and never as shell text', async () => {
  const hostile = `$(touch ${root}/hacked); "quoted" 'text' \`id\``;

  const { id } = await runtime.start(plan('data', [node, '-e', 'console.log(process.argv[1])', hostile]));
  await exitOf(id);

  assert.equal(await textOf(id), `${hostile}\n`);
});

test('passes nothing of its own environment on', async () => {
  process.env.FAIRWAY_TEST_PRIVATE = 'x';

  const { id } = await runtime.start(plan('env', ['/usr/bin/env']));
  await exitOf(id);
  delete process.env.FAIRWAY_TEST_PRIVATE;

  const names = (await textOf(id))
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0]);
  assert.deepEqual(new Set(names), new Set(['PATH', 'PWD', 'FAIRWAY_CONTAINER_ID']));
});

test('starts a container once, however often it is asked', async () => {
  const first = await runtime.start(plan('once', ['/bin/sleep', '100']));

  const second = await runtime.start(plan('once', ['/bin/sleep', '100']));

  assert.equal(second.pid, first.pid);
  await runtime.stop(first.id, { graceMs: 0 });
});

test('stops a group that ignores the first signal, and a child that left it by setsid', async () => {
  const script = `
    process.on('SIGTERM', () => {});
    const { spawn } = require('node:child_process');
    const child = spawn('/bin/sleep', ['1000'], { detached: true, stdio: 'ignore' });
    child.unref();
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const { id, pid = 0 } = await runtime.start(plan('setsid', [node, '-e', script]));
  const child = Number(await until('the child runs', async () => (await textOf(id)).trim() || undefined));
  assert.equal(await isAlive(child), true);

  const began = Date.now();
  const stopped = await runtime.stop(id, { graceMs: 200 });

  assert.ok(Date.now() - began < 5_000, 'a stop ends soon after its grace');
  assert.equal(stopped.exit?.reason, 'signal 9 (SIGKILL)');
  assert.equal(stopped.swept, true);
  assert.equal(await isAlive(child), false);
  assert.equal(await isAlive(pid), false);
});

test('gives an application that ends well the time that it needs', async () => {
  const script = `process.on('SIGTERM', () => { console.log('bye'); process.exit(3); }); console.log('up'); setInterval(() => {}, 1000);`;
  const { id } = await runtime.start(plan('polite', [node, '-e', script]));
  await until('it is up', async () => (await textOf(id)).includes('up'));

  const stopped = await runtime.stop(id, { graceMs: 10_000 });

  assert.equal(stopped.exit?.reason, 'exit 3');
  assert.equal(await textOf(id), 'up\nbye\n');
});

test('leaves no child and no port behind when the application crashes', async () => {
  const ports = await runtime.allotPorts('leftover', [8080]);
  const script = `
    const { spawn } = require('node:child_process');
    spawn(process.execPath, ['-e', 'require("net").createServer().listen(${ports[8080]}, "127.0.0.1", () => console.log("listening"))'], { stdio: 'inherit' });
    setTimeout(() => process.exit(1), 400);`;
  const { id } = await runtime.start(plan('leftover', [node, '-e', script]));

  assert.equal((await exitOf(id)).reason, 'exit 1');

  await new Promise<void>((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(ports[8080], '127.0.0.1', () => server.close(() => resolve()));
  });
});

test('finds the whole log and the reason of a container that ended while nobody watched', async () => {
  const other = mkdtempSync(join(tmpdir(), 'fairway-unwatched-'));
  const supervisor = `
    import { createLinuxProcessTable, createProcessRuntime } from ${JSON.stringify(import.meta.resolve('./index.ts'))};
    import { systemClock } from ${JSON.stringify(import.meta.resolve('@fairway/resources/model'))};
    import { silentLog } from ${JSON.stringify(import.meta.resolve('@fairway/resources/log'))};
    const runtime = await createProcessRuntime({ root: ${JSON.stringify(other)}, clock: systemClock, log: silentLog, processTable: createLinuxProcessTable() });
    const script = 'const fs = require("node:fs"); console.log("begin"); setTimeout(() => { for (let i = 0; i < 16384; i++) console.log(String(i).padStart(63, ".")); process.exit(7); }, 700)';
    const base = { podUid: 'pod', attempt: 0, image: 'i', imageId: 'i', env: ${JSON.stringify(env)}, cwd: '/' };
    const main = await runtime.start({ ...base, name: 'main', command: [process.execPath, '-e', script] });
    const stays = await runtime.start({ ...base, name: 'stays', command: ['/bin/sleep', '1000'] });
    console.log(main.pid + ' ' + stays.pid);
    setInterval(() => {}, 1000);`;
  const child = spawn(node, ['--input-type=module', '-e', supervisor], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pids = String(await new Promise((resolve) => child.stdout.once('data', resolve)))
    .trim()
    .split(' ')
    .map(Number);
  child.kill('SIGKILL');
  await until('the application ends unwatched', async () => !(await isAlive(pids[0] ?? 0)));

  const adopted = await createProcessRuntime({ root: other, clock: systemClock, log: silentLog, processTable });

  assert.equal((await exitOf('pod.main.0', adopted)).reason, 'exit 7');
  const lines = (await textOf('pod.main.0', {}, adopted)).trimEnd().split('\n');
  assert.equal(lines[0], 'begin');
  assert.deepEqual(
    lines.slice(1),
    Array.from({ length: 16384 }, (_, index) => String(index).padStart(63, '.')),
  );
  assert.equal(adopted.get('pod.stays.0')?.pid, pids[1]);
  assert.equal(adopted.get('pod.stays.0')?.exit, undefined);
  assert.equal(await isAlive(pids[1] ?? 0), true);
  await adopted.removePod('pod');
  assert.equal(await isAlive(pids[1] ?? 0), false);
  await adopted.close();
  rmSync(other, { recursive: true });
});

test('finds a container whose pid was never noted by the id that it carries, and starts no second one', async () => {
  const other = mkdtempSync(join(tmpdir(), 'fairway-unnoted-'));
  const first = await createProcessRuntime({ root: other, clock: systemClock, log: silentLog, processTable });
  const { pid } = await first.start(plan('pod', ['/bin/sleep', '1000']));
  await first.close();
  const path = join(other, 'pod/containers/main/0/container.json');
  const { pid: _pid, pidStartedAt: _at, ...unnoted } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(unnoted));

  const second = await createProcessRuntime({ root: other, clock: systemClock, log: silentLog, processTable });

  assert.equal((await second.start(plan('pod', ['/bin/sleep', '1000']))).pid, pid);
  await second.removePod('pod');
  assert.equal(await isAlive(pid ?? 0), false);
  await second.close();
  rmSync(other, { recursive: true });
});

test('starts a container that was noted and, by a crash in between, never started', async () => {
  const other = mkdtempSync(join(tmpdir(), 'fairway-noted-'));
  const folder = join(other, 'pod/containers/main/0');
  mkdirSync(folder, { recursive: true });
  const { command: _command, env: _env, ...noted } = plan('pod', []);
  const record = { ...noted, id: 'pod.main.0', startedAt: 0, bootId: await processTable.bootId(), swept: false };
  writeFileSync(join(folder, 'container.json'), JSON.stringify(record));

  const runtime = await createProcessRuntime({ root: other, clock: systemClock, log: silentLog, processTable });

  assert.equal(runtime.get('pod.main.0'), undefined, 'it has not ended: nothing ever ran');
  const { id } = await runtime.start(plan('pod', ['/bin/sh', '-c', 'exit 3']));
  assert.equal((await exitOf(id, runtime)).reason, 'exit 3');
  await runtime.removePod('pod');
  await runtime.close();
  rmSync(other, { recursive: true });
});

test('never takes a process for its own that was given an old pid', async () => {
  const other = mkdtempSync(join(tmpdir(), 'fairway-reused-'));
  const stranger = spawn('/bin/sleep', ['1000'], { detached: true, stdio: 'ignore' });
  const first = await createProcessRuntime({ root: other, clock: systemClock, log: silentLog, processTable });
  const { id } = await first.start(plan('pod', ['/bin/sleep', '1000']));
  await first.stop(id, { graceMs: 0 });
  await first.close();
  const path = join(other, 'pod/containers/main/0/container.json');
  const { exit: _exit, ...record } = JSON.parse(readFileSync(path, 'utf8'));
  // The clock of start times ticks in hundredths of a second; both processes of this test may be of one tick, which reused numbers never are.
  const pidStartedAt = String(BigInt(record.pidStartedAt) - 1_000n);
  writeFileSync(path, JSON.stringify({ ...record, swept: false, pid: stranger.pid, pidStartedAt }));

  const second = await createProcessRuntime({ root: other, clock: systemClock, log: silentLog, processTable });

  assert.notEqual(second.get(id)?.exit, undefined);
  assert.equal(await isAlive(stranger.pid ?? 0), true);
  stranger.kill('SIGKILL');
  await second.close();
  rmSync(other, { recursive: true });
});

test('answers the end of a log, with times, and follows it until the container ends', async () => {
  const script = `for (let i = 1; i <= 5; i++) console.log('line ' + i); console.error('oops'); setTimeout(() => { console.log('late'); process.exit(0); }, 300);`;
  const { id } = await runtime.start(plan('logs', [node, '-e', script]));

  const followed = await textOf(id, { follow: true });

  assert.equal(followed.split('\n').length, 8);
  assert.equal(await textOf(id, { tailLines: 1 }), 'late\n');
  assert.equal(await textOf(id, { limitBytes: 4 }), 'line');
  assert.equal(await textOf(id, { sinceTime: new Date(Date.now() + 1000).toISOString() }), '');
  assert.match(await textOf(id, { tailLines: 1, timestamps: true }), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z late\n$/);
});

test('keeps the same ports for a pod, also after a restart, and gives them back when it goes', async () => {
  const ports = await runtime.allotPorts('ports', [8080, 9090]);
  const { id } = await runtime.start(plan('ports', ['/bin/sleep', '1000']));

  await runtime.close();
  runtime = await open();

  assert.deepEqual(await runtime.allotPorts('ports', [8080, 9090]), ports);
  assert.ok(Object.values(ports).every((port) => port >= 20_000 && port <= 29_999));
  assert.equal(runtime.get(id)?.exit, undefined);
  await runtime.removePod('ports');
  assert.equal(runtime.get(id), undefined);
});

test('sees ports, figures and commands of a running container', async () => {
  const script = `const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port));`;
  const { id } = await runtime.start(plan('inside', [node, '-e', script], { env: { ...env, WHO: 'me' } }));
  const port = Number(await until('it listens', async () => (await textOf(id)).trim() || undefined));

  assert.deepEqual(await runtime.listeningPorts(id), [port]);
  assert.ok(((await runtime.figures([id])).get(id)?.memoryBytes ?? 0) > 10_000_000);
  assert.deepEqual(await runtime.exec(id, ['/bin/sh', '-c', 'echo $WHO; exit 3'], 2_000), { code: 3, output: 'me' });
  await assert.rejects(runtime.exec(id, ['/bin/sleep', '100'], 100), /did not end within/);
  await runtime.stop(id, { graceMs: 1_000 });
});

test('keeps no secret of the environment on disk', async () => {
  const { id } = await runtime.start(plan('secret', ['/bin/sleep', '100'], { env: { ...env, KEY: 'hush-hush' } }));

  const record = readFileSync(join(root, 'pods/secret/containers/main/0/container.json'), 'utf8');

  assert.equal(record.includes('hush-hush'), false);
  await runtime.stop(id, { graceMs: 0 });
});

test('notes the end of a container although a look at the machine failed in that moment', async () => {
  let failures = 1;
  const list: typeof processTable.list = async () => {
    failures -= 1;
    if (failures === 0) throw new Error('too many open files');
    return processTable.list();
  };
  const shaky = await createProcessRuntime({
    root: join(root, 'shaky'),
    clock: systemClock,
    log: silentLog,
    processTable: { ...processTable, list },
  });
  const { id } = await shaky.start(plan('shaky', ['/bin/sh', '-c', 'exit 7']));
  await until('the look fails', () => failures <= 0);

  const { exit } = await shaky.stop(id, { graceMs: 0 });

  assert.equal(exit?.code, 7);
  await shaky.removePod('shaky');
  await shaky.close();
});

test('starts although a power cut emptied the note of the ports of a pod', async () => {
  await runtime.allotPorts('noted', [80]);
  writeFileSync(join(root, 'pods/noted/ports.json'), '');
  await runtime.close();

  runtime = await open();

  assert.ok(((await runtime.allotPorts('noted', [80]))[80] ?? 0) >= 20_000);
  await runtime.removePod('noted');
});
