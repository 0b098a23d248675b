import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { StateFiles } from './state-folder.ts';

/** Tells this installation from any other, and gives nothing away: a hash of the authority that it made for itself. */
export const installationOf = async ({ caCertificate }: Pick<StateFiles, 'caCertificate'>): Promise<string> =>
  createHash('sha256')
    .update(await readFile(caCertificate))
    .digest('hex')
    .slice(0, 32);
