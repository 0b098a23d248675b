import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type TestContext, test } from 'node:test';
import { preferredPorts } from './choose-ports.ts';
import { findNotReady } from './find-not-ready.ts';
import { installationOf } from './installation-id.ts';
import { prepareInstallation } from './prepare-installation.ts';
import { programNames } from './programs.ts';
import { readStatus } from './read-status.ts';
import type { StateFiles } from './state-folder.ts';
import { makeSmallInstallation } from './testing/small-installation.ts';

async function listen(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Something that answers `OK` to everything as the programs of this installation do. */
async function programsOf(t: TestContext, files: StateFiles) {
  const key = readFileSync(files.serverKey);
  const cert = readFileSync(files.serverCertificate);
  const secure = () =>
    listen(
      t,
      createTlsServer({ key, cert }, (_, response) => response.end('OK')),
    );
  const header = { 'x-fairway-gateway': await installationOf(files) };
  const gateway = await listen(
    t,
    createServer((_, response) => response.writeHead(404, header).end()),
  );
  return { cluster: await secure(), gateway, tls: await secure() };
}

test('only the programs of this very installation count as ready', async (t) => {
  const [own, other] = [await makeSmallInstallation(t), await makeSmallInstallation(t)];
  for (const { files } of [own, other]) await prepareInstallation(files, preferredPorts);
  const ours = await programsOf(t, own.files);
  const theirs = await programsOf(t, other.files);
  const anything = await listen(
    t,
    createServer((_, response) => response.end('Ready')),
  );
  const programs = programNames.map((name) => ({ name, state: 'running', restarts: 0 }) as const);
  const ask = (ports: object) =>
    findNotReady(own.files, {
      ...{ supervisor: { pid: 0, startedAt: '' }, phase: 'watching', moved: [], programs },
      ports: { ...preferredPorts, ...ours, plain: anything, ...ports },
    });
  assert.equal(await readStatus(own.files), undefined);

  assert.deepEqual(await ask({}), []);
  for (const { because, ports, name, why } of [
    {
      because: 'another cluster',
      ports: { cluster: theirs.cluster },
      name: 'local-cluster',
      why: /another program answers on its port: it does not prove itself/,
    },
    {
      because: 'another gateway',
      ports: { gateway: theirs.gateway },
      name: 'gateway',
      why: /the gateway of another installation answers on its port \(port \d+\)/,
    },
    { because: 'no gateway at all', ports: { gateway: anything }, name: 'gateway', why: /another program answers on its port/ },
    {
      because: 'another control plane',
      ports: { tls: theirs.tls },
      name: 'control-plane',
      why: /another program answers on its port: it does not prove itself/,
    },
    {
      because: 'a listener without TLS',
      ports: { tls: anything },
      name: 'control-plane',
      why: /another program answers on its port: it does not prove itself/,
    },
  ]) {
    const notReady = await ask(ports);
    assert.deepEqual(
      notReady.map((program) => program.name),
      [name],
      because,
    );
    assert.match(notReady[0]?.why ?? '', why, because);
  }
});
