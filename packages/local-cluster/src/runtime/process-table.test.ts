import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { createLinuxProcessTable, parseStat } from './linux-process-table.ts';
import { parseCpuTime, parsePsLine } from './ps-process-table.ts';

test('reads a stat line whose name holds spaces and parentheses', () => {
  const line = '42 (a (b) c) S 1 40 39 0 -1 4194304 0 0 0 0 5 6 7 8 20 0 1 0 123456 1000 10 18446744073709551615';

  assert.deepEqual(parseStat(42, line), {
    pid: 42,
    parent: 1,
    group: 40,
    session: 39,
    startedAt: '123456',
    cpuMs: 110,
    childCpuMs: 150,
    memoryBytes: 40_960,
    isZombie: false,
  });
});

test('sees this process with its ports', { skip: process.platform !== 'linux' }, async () => {
  const table = createLinuxProcessTable();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();

  const own = await table.find(process.pid);

  assert.equal(own?.parent, process.ppid);
  assert.ok((own?.memoryBytes ?? 0) > 10_000_000);
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  assert.deepEqual(await table.listeners([process.pid]), [{ pid: process.pid, port }]);
  server.close();
});

test('reads what ps prints', () => {
  assert.deepEqual(parsePsLine('  501     1   501      0  20480   0:01.50 Ss   Mon Nov 24 16:40:25 2026'), {
    pid: 501,
    parent: 1,
    group: 501,
    session: 501,
    memoryBytes: 20_971_520,
    cpuMs: 1_500,
    childCpuMs: 0,
    isZombie: false,
    startedAt: 'Mon Nov 24 16:40:25 2026',
  });
  assert.equal(parseCpuTime('1-02:03:04'), 93_784_000);
});
