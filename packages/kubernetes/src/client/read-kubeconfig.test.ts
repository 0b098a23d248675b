import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readKubeconfig } from './read-kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const kubeconfig = (user: string) => `
apiVersion: v1
kind: Config
current-context: local
clusters:
- name: c
  cluster: { server: "https://127.0.0.1:7444", certificate-authority-data: ${base64('CA')}, tls-server-name: localhost }
- name: far
  cluster: { server: "https://far.example.com/k8s", insecure-skip-tls-verify: true }
users:
- name: u
  user: ${user}
contexts:
- name: local
  context: { cluster: c, user: u, namespace: shop }
- name: other
  context: { cluster: far, user: u }
- name: broken
  context: { cluster: nowhere, user: u }
`;

test('a kubeconfig gives address, authority and credential of the current or the named context', async () => {
  const local = await readKubeconfig(kubeconfig('{ token: abc }'));
  const other = await readKubeconfig(
    kubeconfig(`{ client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')} }`),
    'other',
  );

  assert.deepEqual(local, {
    context: 'local',
    server: 'https://127.0.0.1:7444',
    namespace: 'shop',
    ca: Buffer.from('CA'),
    token: 'abc',
    tlsServerName: 'localhost',
  });
  assert.equal(other.insecureSkipTlsVerify, true);
  assert.equal(String(other.clientCertificate), 'CERT');
  assert.equal(String(other.clientKey), 'KEY');
});

test('files that a kubeconfig names are read relative to its folder', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'token'), 'from-file\n');
  await writeFile(join(folder, 'cert.pem'), 'CERT');

  const config = await readKubeconfig(kubeconfig('{ tokenFile: token, client-certificate: cert.pem }'), undefined, folder);

  assert.ok(typeof config.token === 'function');
  assert.equal(await config.token(), 'from-file');
  assert.equal(String(config.clientCertificate), 'CERT');
});

test('what cannot be used is refused with the way out', async () => {
  const cases = [
    {
      text: kubeconfig('{ exec: { command: aws } }'),
      context: undefined,
      message: /running a program.*put a token/,
      because: 'exec plugins run programs',
    },
    {
      text: kubeconfig('{ username: a, password: b }'),
      context: undefined,
      message: /a name and a password/,
      because: 'Kubernetes has no passwords any more',
    },
    { text: kubeconfig('{}'), context: 'missing', message: /no context "missing"/, because: 'the context is not there' },
    { text: kubeconfig('{}'), context: 'broken', message: /no cluster "nowhere"/, because: 'the context points nowhere' },
    { text: '', context: undefined, message: /empty/, because: 'nothing is in it' },
    { text: 'a: [', context: undefined, message: /not YAML/, because: 'it cannot be read' },
    { text: 'a: 1', context: undefined, message: /no current-context/, because: 'no context is chosen' },
  ];
  for (const { text, context, message, because } of cases)
    await assert.rejects(readKubeconfig(text, context), { reason: 'invalid', message }, because);
});
