import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { startInBackground, stopInstallation } from './control-installation.ts';
import { isAlive, type ProcessIdentity, signalProcess } from './process-identity.ts';
import { readPorts } from './read-ports.ts';
import { type InstallationStatus, readStatus } from './read-status.ts';
import { AlreadyWatched, supervise } from './supervise.ts';
import { holdPort, makeSmallInstallation, type SmallInstallation, smallProgram, untilGone } from './testing/small-installation.ts';

const start = ({ files, checkout, ports }: SmallInstallation) =>
  startInBackground({ files, checkout, wanted: ports, node: process.execPath, deadlineMs: 20_000 });
const processesOf = ({ programs }: InstallationStatus): ProcessIdentity[] =>
  programs.flatMap(({ process }) => (process === undefined ? [] : [process]));
const allRun = ({ programs }: InstallationStatus): boolean =>
  programs.length === 3 && programs.every(({ process }) => process !== undefined && isAlive(process));

test('an installation is started, is not started twice, and is stopped whole', async (t) => {
  const small = await makeSmallInstallation(t);

  const first = await start(small);
  const second = await start(small);
  const processes = processesOf(await small.until(allRun));
  const stopped = await stopInstallation(small.files, 20_000);

  assert.equal(first.wasRunning, false);
  assert.equal(second.wasRunning, true);
  assert.deepEqual(second.status.supervisor, first.status.supervisor);
  assert.deepEqual(stopped, ['supervisor', 'local-cluster', 'gateway', 'control-plane']);
  for (const process of [first.status.supervisor, ...processes]) assert.equal(isAlive(process), false);
  assert.equal(await readStatus(small.files), undefined);
  assert.deepEqual(await stopInstallation(small.files, 1_000), []);
});

test('several starts at once make one supervisor', async (t) => {
  const small = await makeSmallInstallation(t);

  const started = await Promise.all([start(small), start(small), start(small)]);

  assert.equal(new Set(started.map(({ status }) => status.supervisor.pid)).size, 1);
  assert.equal(started.filter(({ wasRunning }) => !wasRunning).length, 1);
  await stopInstallation(small.files, 20_000);
});

test('programs outlive a killed supervisor, and the next one adopts them', async (t) => {
  const small = await makeSmallInstallation(t);
  const { status } = await start(small);
  const before = processesOf(await small.until(allRun));
  signalProcess(status.supervisor, 'SIGKILL');
  await untilGone(status.supervisor);

  const next = await start(small);

  assert.equal(next.wasRunning, false);
  assert.deepEqual(processesOf(next.status), before);
  assert.deepEqual(next.status.ports, status.ports);
  await stopInstallation(small.files, 20_000);
  for (const process of before) assert.equal(isAlive(process), false);
});

/** As an update does. */
const changeCode = (small: SmallInstallation): void => small.setProgram('gateway', `${smallProgram}\n// Another version.`);

for (const isWatched of [true, false])
  test(`programs of another version that ${isWatched ? 'run' : 'a killed supervisor left'} are started anew, and applications go on`, async (t) => {
    const small = await makeSmallInstallation(t);
    const first = await start(small);
    const before = processesOf(await small.until(allRun));
    if (!isWatched) {
      signalProcess(first.status.supervisor, 'SIGKILL');
      await untilGone(first.status.supervisor);
    }
    changeCode(small);

    const next = await start(small);
    const again = await start(small);

    assert.deepEqual([first.wasRestarted, next.wasRestarted, again.wasRestarted], [false, true, false]);
    assert.notEqual(next.status.supervisor.pid, first.status.supervisor.pid);
    assert.deepEqual(next.status.ports, first.status.ports);
    for (const process of before) assert.equal(isAlive(process), false);
    for (const name of ['local-cluster', 'gateway', 'control-plane']) assert.match(small.log(name), /ended by SIGTERM/);
    assert.deepEqual(again.status.supervisor, next.status.supervisor);
    await small.until(allRun);
    await stopInstallation(small.files, 20_000);
  });

test('a supervisor of another version in the foreground is left to whoever runs it', async (t) => {
  const small = await makeSmallInstallation(t);
  const stop = Promise.withResolvers<void>();
  const options = { files: small.files, checkout: small.checkout, wanted: small.ports, env: process.env };
  const watching = supervise({ ...options, isForeground: true, untilStopped: stop.promise });
  const before = processesOf(await small.until(allRun));
  changeCode(small);

  const next = await start(small);

  assert.deepEqual([next.wasRunning, next.wasRestarted, next.isOutdated], [true, false, true]);
  assert.deepEqual(processesOf(next.status), before);
  stop.resolve();
  await watching;
});

test('after a killed supervisor a stop ends its programs, and no process that has one of their numbers now', async (t) => {
  const small = await makeSmallInstallation(t);
  const { status } = await start(small);
  const processes = processesOf(await small.until(allRun));
  signalProcess(status.supervisor, 'SIGKILL');
  await untilGone(status.supervisor);
  // The gateway's record names this very process, with another start: as if its number had been given away again.
  const known = await readStatus(small.files);
  const [cluster, gateway, controlPlane] = known?.programs ?? [];
  const stranger = { pid: process.pid, startedAt: 'another time' };
  writeFileSync(small.files.status, JSON.stringify({ ...known, programs: [cluster, { ...gateway, process: stranger }, controlPlane] }));

  const stopped = await stopInstallation(small.files, 20_000);

  assert.deepEqual(stopped, ['local-cluster', 'control-plane']);
  const [, gatewayProcess] = processes;
  assert.ok(gatewayProcess);
  signalProcess(gatewayProcess, 'SIGKILL');
  for (const process of processes) await untilGone(process);
});

for (const [because, damaged] of [
  ['empty', ''],
  ['half written', '{"supervisor": {"pid": 1'],
  ['of another shape', '{"programs": {}}'],
  ['no object', 'null'],
] as const)
  test(`a status file that is ${because} is written anew by the supervisor that lives`, async (t) => {
    const small = await makeSmallInstallation(t);
    const { status } = await start(small);
    const before = await small.until(allRun);
    writeFileSync(small.files.status, damaged);

    const read = await readStatus(small.files);
    const again = await start(small);

    assert.deepEqual(read, { ...before, wasDamaged: true });
    assert.equal(again.wasRunning, true);
    assert.deepEqual(again.status, before, 'the file itself is whole again');
    await stopInstallation(small.files, 20_000);
    assert.equal(isAlive(status.supervisor), false);
  });

test('without a status file that can be read, what a killed supervisor left is found in the process table', async (t) => {
  const small = await makeSmallInstallation(t);
  const { status } = await start(small);
  const before = processesOf(await small.until(allRun));
  signalProcess(status.supervisor, 'SIGKILL');
  await untilGone(status.supervisor);
  writeFileSync(small.files.status, 'damaged');

  const read = await readStatus(small.files);
  const next = await start(small);

  assert.deepEqual(read && [read.wasDamaged, read.ports, processesOf(read)], [true, status.ports, before]);
  assert.deepEqual(processesOf(next.status), before, 'they are adopted');
  signalProcess(next.status.supervisor, 'SIGKILL');
  await untilGone(next.status.supervisor);
  writeFileSync(small.files.status, 'damaged');
  assert.deepEqual(await stopInstallation(small.files, 20_000), ['local-cluster', 'gateway', 'control-plane']);
  for (const process of before) assert.equal(isAlive(process), false);
  assert.equal(await readStatus(small.files), undefined);
});

test('a status from before a restart of the machine names nobody', async (t) => {
  const small = await makeSmallInstallation(t);
  const { status } = await start(small);
  const running = await small.until(allRun);
  await stopInstallation(small.files, 20_000);
  const ofAnotherBoot = (identity: ProcessIdentity) => ({
    pid: process.pid,
    startedAt: identity.startedAt.replace(/^[^:]*/, 'another-boot'),
  });
  const programs = running.programs.map((program) => ({ ...program, process: ofAnotherBoot(status.supervisor) }));
  writeFileSync(small.files.status, JSON.stringify({ ...running, supervisor: ofAnotherBoot(status.supervisor), programs }));

  const next = await start(small);

  assert.equal(next.wasRunning, false);
  assert.ok(processesOf(await small.until(allRun)).every(({ pid }) => pid !== process.pid));
  await stopInstallation(small.files, 20_000);
});

test('a port that another program took between two runs moves, and everything follows', async (t) => {
  const small = await makeSmallInstallation(t);
  await start(small);
  await stopInstallation(small.files, 20_000);
  const held = await holdPort(small.ports.cluster);
  t.after(held.release);

  const { status } = await start({ ...small, ports: {} as SmallInstallation['ports'] });

  assert.equal(status.ports.plain, small.ports.plain, 'the ports of the last run are kept');
  assert.deepEqual(status.moved, [{ name: 'cluster', from: small.ports.cluster, to: status.ports.cluster }]);
  assert.deepEqual(await readPorts(small.files), status.ports);
  assert.match(readFileSync(small.files.clusterKubeconfig, 'utf8'), new RegExp(`https://127.0.0.1:${status.ports.cluster}"`));
  await small.until(allRun);
  await stopInstallation(small.files, 20_000);
});

test('a supervisor that runs here is told to end, and refuses a second one', async (t) => {
  const small = await makeSmallInstallation(t);
  const stop = Promise.withResolvers<void>();
  const options = { files: small.files, checkout: small.checkout, wanted: small.ports, env: process.env };
  const watching = supervise({ ...options, untilStopped: stop.promise });
  const { programs } = await small.until(allRun);

  await assert.rejects(supervise({ ...options, untilStopped: stop.promise }), AlreadyWatched);
  stop.resolve();
  await watching;

  for (const { process } of programs) assert.equal(process !== undefined && isAlive(process), false);
  assert.equal(await readStatus(small.files), undefined);
});

test('a program that falls is started again while the others go on', async (t) => {
  const small = await makeSmallInstallation(t);
  await start(small);
  const before = await small.until(allRun);
  const [cluster, gateway] = processesOf(before);
  assert.ok(cluster && gateway);

  signalProcess(gateway, 'SIGKILL');
  const after = await small.until((status) => allRun(status) && status.programs[1]?.restarts === 1);

  assert.equal(after.programs[1]?.lastExit, 'killed by SIGKILL');
  assert.deepEqual(after.programs[0]?.process, cluster);
  await stopInstallation(small.files, 20_000);
});

test('a program that hangs is ended and started again while the others go on, and the status says why', async (t) => {
  const small = await makeSmallInstallation(t);
  const stop = Promise.withResolvers<void>();
  const watching = supervise({
    ...{ files: small.files, checkout: small.checkout, wanted: small.ports, env: process.env, untilStopped: stop.promise },
    timing: { everyMs: 200, withinMs: 150, failures: 3, startFailures: 100, graceMs: 100 },
  });
  // One that has not answered yet may be starting.
  const before = await small.until((status) => allRun(status) && small.log('gateway').includes('asked'));
  const [cluster, gateway, controlPlane] = processesOf(before);
  assert.ok(cluster && gateway && controlPlane);

  signalProcess(gateway, 'SIGSTOP');
  const after = await small.until((status) => allRun(status) && status.programs[1]?.restarts === 1);

  assert.match(after.programs[1]?.lastExit ?? '', /it ran, but did not answer for/);
  assert.equal(isAlive(gateway), false);
  assert.deepEqual([after.programs[0]?.process, after.programs[2]?.process], [cluster, controlPlane]);
  stop.resolve();
  await watching;
});

test('a supervisor that cannot start says why', async (t: TestContext) => {
  const small = await makeSmallInstallation(t);
  const broken = { ...small, ports: { ...small.ports, plain: 70_000 } };

  await assert.rejects(start(broken), /the supervisor did not start: it ended with exit code 1: .*70000/);
});
