import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Log } from '../log/index.ts';
import { type Clock, pause, unavailable } from '../model/index.ts';

/** Paths of a certificate with its chain and of its key, both PEM. */
export interface CertificateFiles {
  certificate: string;
  key: string;
}

/** What a TLS server is given. Never to be logged. */
export interface Certificate {
  cert: string;
  key: string;
}

export interface CertificateFollowing {
  files: CertificateFiles;
  /** What the server has now. */
  present: Certificate;
  /** Gives the server another one: for connections from now on. */
  use: (certificate: Certificate) => void;
  clock: Clock;
  log: Log;
}

// Certificates are renewed weeks before their end.
const lookEveryMs = 60_000;

const read = async ({ certificate, key }: CertificateFiles): Promise<Certificate> => {
  const [cert, keyText] = await Promise.all([readFile(certificate, 'utf8'), readFile(key, 'utf8')]);
  return { cert, key: keyText };
};

/** Reads a certificate and its key. Throws `unavailable` when they are not there or do not belong together. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  try {
    const found = await read(files);
    createSecureContext(found);
    return found;
  } catch (cause) {
    throw unavailable(`the certificate ${files.certificate} cannot be used: run "fairway up", which makes it`, cause);
  }
}

/** Why a server that has a good certificate must not take this one. */
function problemOf(found: Certificate, now: number): string | undefined {
  try {
    createSecureContext(found);
    const { validTo } = new X509Certificate(found.cert);
    return Date.parse(validTo) <= now ? `it has expired on ${validTo}` : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Takes a new certificate up when its files have changed, until the signal aborts. A bad one is told once, and the present one stays. */
export async function followCertificate(following: CertificateFollowing, signal: AbortSignal): Promise<void> {
  const { files, use, clock, log } = following;
  let known = following.present;
  let told = '';
  const refuse = (why: string): void => {
    if (why !== told) log.warn('the new certificate cannot be used, and the present one stays', { certificate: files.certificate, why });
    told = why;
  };
  const look = async (): Promise<void> => {
    const found = await read(files);
    if (found.cert === known.cert && found.key === known.key) return;
    const problem = problemOf(found, clock.now());
    if (problem !== undefined) return refuse(problem);
    use(found);
    known = found;
    told = '';
    log.info('a new certificate is used', { certificate: files.certificate });
  };
  await pause(clock, lookEveryMs, signal);
  while (!signal.aborted) {
    await look().catch((error: Error) => refuse(error.message));
    await pause(clock, lookEveryMs, signal);
  }
}
