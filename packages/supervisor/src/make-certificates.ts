/**
 * Run as its own short-lived process (`node make-certificates.ts FOLDER`): the certificate library weighs 20 MB that nobody needs afterwards.
 * Makes the installation's CA once, and a server certificate for loopback that it signs again when it is about to end.
 */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
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
import { writeFileAtomic } from './write-file-atomic.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
const caLifetimeMs = 10 * 365 * dayMs;
// Clients refuse server certificates of more than 825 days; renewed a month before the end.
const serverLifetimeMs = 397 * dayMs;
const renewBeforeMs = 30 * dayMs;
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

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: make-certificates.ts FOLDER');
cryptoProvider.set(webcrypto as never);
const now = Date.now();
if (!existsSync(join(folder, 'ca.crt'))) await makeAuthority(folder, now);
const server = join(folder, 'server.crt');
if (!existsSync(server) || new X509Certificate(readFileSync(server, 'utf8')).notAfter.getTime() - now < renewBeforeMs)
  await makeServer(folder, now);
