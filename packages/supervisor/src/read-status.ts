import { readFile } from 'node:fs/promises';
import type { MovedPort, Ports } from './choose-ports.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { StateFiles } from './state-folder.ts';
import type { ProgramStatus } from './watch-process.ts';

/** What `run/status.json` holds. */
export interface InstallationStatus {
  supervisor: ProcessIdentity;
  /** `watching` once its programs have been started, `stopping` once it was asked to end. */
  phase: 'preparing' | 'watching' | 'stopping';
  ports: Ports;
  /** Ports that were taken, and what was used instead. */
  moved: MovedPort[];
  programs: ProgramStatus[];
}

/** What runs, as the supervisor wrote it; undefined when nothing was ever started or it was ended properly. */
export async function readStatus(files: StateFiles): Promise<InstallationStatus | undefined> {
  const text = await readFile(files.status, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as InstallationStatus;
  } catch (cause) {
    throw new Error(`${files.status} is damaged: end what still runs from ${files.home} and remove that file`, { cause });
  }
}
