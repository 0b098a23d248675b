import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choosePorts } from './choose-ports.ts';
import { freePorts, holdPort } from './testing/small-installation.ts';

test('free ports are taken as they are wanted', async () => {
  const [plain = 0, tls = 0, gateway = 0, cluster = 0] = await freePorts(4);

  assert.deepEqual(await choosePorts({ plain, tls, gateway, cluster }), { ports: { plain, tls, gateway, cluster }, moved: [] });
});

test('a taken port gives way to the next free one, and that is told', async (t) => {
  const held = await holdPort(0);
  t.after(held.release);
  const [tls = 0, gateway = 0, cluster = 0] = await freePorts(3);

  const { ports, moved } = await choosePorts({ plain: held.port, tls, gateway, cluster });

  assert.ok(ports.plain > held.port);
  assert.deepEqual(moved, [{ name: 'plain', from: held.port, to: ports.plain }]);
});

test('no two programs get the same port, even when the same was wanted', async () => {
  const [port = 0] = await freePorts(1);

  const { ports } = await choosePorts({ plain: port, tls: port, gateway: port, cluster: port });

  assert.equal(new Set(Object.values(ports)).size, 4);
});

test('the end of the port range is an answer, not a loop', async (t) => {
  const held = await holdPort(65_535).catch(() => undefined);
  t.after(() => held?.release());

  await assert.rejects(
    choosePorts({ plain: 65_535, tls: 65_535, gateway: 65_535, cluster: 65_535 }),
    /no free port for (plain|tls) .* give another with --/,
  );
});
