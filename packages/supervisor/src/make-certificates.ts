/**
 * Run as its own short-lived process (`node make-certificates.ts FOLDER`): the certificate library weighs 20 MB that nobody needs afterwards.
 * Makes the installation's CA once, and a server certificate for loopback that it signs again when it is about to end.
 */
import 'reflect-metadata';
import { createPrivateKey, X509Certificate as NodeCertificate, webcrypto } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { renewBeforeMs, serverLifetimeMs } from './server-certificate-lifetime.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
const caLifetimeMs = 10 * 365 * dayMs;
const serverNames = [
  { type: 'dns' as const, value: 'localhost' },
  { type: 'dns' as const, value: '*.localhost' },
  { type: 'ip' as const, value: '127.0.0.1' },
  { type: 'ip' as const, value: '::1' },
];

type KeyPair = Awaited<ReturnType<typeof newKeys>>;
const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const serialNumber = (): string =>
  Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)))
    .toString('hex')
    .replace(/^[89a-f]/, '1');
const keyPem = async (keys: KeyPair): Promise<string> =>
  `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')}\n`;

async function makeAuthority(folder: string, now: number): Promise<void> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=Fairway installation CA',
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + caLifetimeMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  await writeFileAtomic(join(folder, 'ca.key'), await keyPem(keys));
  await writeFileAtomic(join(folder, 'ca.crt'), `${certificate.toString('pem')}\n`, 0o644);
}

async function makeServer(folder: string, now: number): Promise<void> {
  const authority = new X509Certificate(readFileSync(join(folder, 'ca.crt'), 'utf8'));
  const [pkcs8] = PemConverter.decode(readFileSync(join(folder, 'ca.key'), 'utf8'));
  if (pkcs8 === undefined) throw new Error('pki/ca.key holds no key: remove the pki folder and start again');
  const signingKey = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=Fairway',
    issuer: authority.subject,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + serverLifetimeMs),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
      new SubjectAlternativeNameExtension(serverNames),
    ],
  });
  await writeFileAtomic(join(folder, 'server.key'), await keyPem(keys));
  await writeFileAtomic(join(folder, 'server.crt'), `${certificate.toString('pem')}\n${authority.toString('pem')}\n`, 0o644);
}

/** False for one that is absent, damaged, without its key, of another authority, or about to end. */
function isServerGood(folder: string, now: number): boolean {
  try {
    const certificate = new NodeCertificate(readFileSync(join(folder, 'server.crt')));
    const authority = new NodeCertificate(readFileSync(join(folder, 'ca.crt')));
    const key = createPrivateKey(readFileSync(join(folder, 'server.key')));
    const isOurs = certificate.verify(authority.publicKey) && certificate.checkPrivateKey(key);
    return isOurs && certificate.validToDate.getTime() - now >= renewBeforeMs;
  } catch {
    return false;
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: make-certificates.ts FOLDER');
cryptoProvider.set(webcrypto as never);
const now = Date.now();
const [hasAuthority, hasAuthorityKey] = ['ca.crt', 'ca.key'].map((name) => existsSync(join(folder, name)));
// A new authority would make every kubeconfig that was handed out useless: that is for a person to decide.
if (hasAuthority && !hasAuthorityKey)
  throw new Error('pki/ca.key is lost: bring it back, or remove the pki folder to make a new authority');
if (!hasAuthority) await makeAuthority(folder, now);
if (!isServerGood(folder, now)) await makeServer(folder, now);
