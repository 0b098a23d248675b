import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { prepareInstallation } from './prepare-installation.ts';
import { readPorts } from './read-ports.ts';
import { type StateFiles, stateFiles } from './state-folder.ts';

const ports = { plain: 1, tls: 2, gateway: 3, cluster: 4 };
function home(t: TestContext): StateFiles {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-prepare-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return stateFiles(join(folder, 'state'));
}
const text = (file: string): string => readFileSync(file, 'utf8');
const mode = (file: string): number => statSync(file).mode & 0o777;

test('an installation is made once: a second time changes nothing', async (t) => {
  const files = home(t);
  await prepareInstallation(files, ports);
  const kept = [files.caCertificate, files.caKey, files.serverCertificate, files.serverKey, files.adminToken, files.clusterTokens];
  const before = kept.map(text);

  await prepareInstallation(files, ports);

  assert.deepEqual(kept.map(text), before);
});

test('secrets are for their owner alone', async (t) => {
  const files = home(t);
  await prepareInstallation(files, ports);

  for (const file of [
    files.caKey,
    files.serverKey,
    files.adminToken,
    files.clusterTokens,
    files.clusterKubeconfig,
    files.gatewayKubeconfig,
  ])
    assert.equal(mode(file), 0o600, file);
  assert.equal(mode(files.home), 0o700);
});

test('the server certificate is of the installation’s own authority and for this machine only', async (t) => {
  const files = home(t);
  await prepareInstallation(files, ports);
  const authority = new X509Certificate(text(files.caCertificate));
  const server = new X509Certificate(text(files.serverCertificate));

  assert.ok(server.verify(authority.publicKey));
  assert.ok(server.checkPrivateKey(createPrivateKey(text(files.serverKey))));
  assert.ok(server.checkHost('localhost'));
  for (const address of ['127.0.0.1', '::1']) assert.ok(server.checkIP(address), address);
  assert.equal(server.checkHost('example.org'), undefined);
});

test('a server certificate that is lost, damaged or without its key is made again by the same authority', async (t) => {
  const files = home(t);
  await prepareInstallation(files, ports);
  const authority = text(files.caCertificate);
  const spoil = [
    () => unlinkSync(files.serverCertificate),
    () => unlinkSync(files.serverKey),
    () => writeFileSync(files.serverCertificate, 'damaged'),
  ];
  for (const spoilIt of spoil) {
    spoilIt();

    await prepareInstallation(files, ports);

    assert.equal(text(files.caCertificate), authority);
    const server = new X509Certificate(text(files.serverCertificate));
    assert.ok(server.verify(new X509Certificate(authority).publicKey));
    assert.ok(server.checkPrivateKey(createPrivateKey(text(files.serverKey))));
  }
});

test('a lost key of the authority is told, and no new authority is made behind the owner’s back', async (t) => {
  const files = home(t);
  await prepareInstallation(files, ports);
  const authority = text(files.caCertificate);
  unlinkSync(files.caKey);

  await assert.rejects(prepareInstallation(files, ports), /pki\/ca.key is lost/);

  assert.equal(text(files.caCertificate), authority);
});

test('ports.json and the kubeconfigs follow the ports', async (t) => {
  const files = home(t);
  await prepareInstallation(files, ports);
  await prepareInstallation(files, { ...ports, cluster: 4_444 });

  assert.deepEqual(await readPorts(files), { ...ports, cluster: 4_444 });
  for (const file of [files.clusterKubeconfig, files.gatewayKubeconfig]) {
    const { clusters, users } = JSON.parse(text(file)) as {
      clusters: { cluster: { server: string } }[];
      users: { user: { token: string } }[];
    };
    assert.equal(clusters[0]?.cluster.server, 'https://127.0.0.1:4444');
    assert.match(users[0]?.user.token ?? '', /^fwc_/);
  }
});
