import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type MovedPort, type Ports, preferredPorts } from './choose-ports.ts';
import { findProcesses } from './find-processes.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { programNames } from './programs.ts';
import { readPorts } from './read-ports.ts';
import type { StateFiles } from './state-folder.ts';
import { isLocked } from './take-lock.ts';
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
  /** Which version of the code runs (`fingerprint`). Absent in what the process table shows. */
  code?: string;
  /** Somebody's terminal or service manager holds the supervisor, and starts it again. */
  isForeground?: boolean;
  /** Programs of another version that this supervisor found and started anew. */
  replaced?: string[];
  /** Never written: the file could not be read, and this is what the supervisor wrote anew, or what the process table shows. */
  wasDamaged?: true;
}

// A supervisor that lives notices a damaged file within two seconds.
const mendedWithinMs = 5_000;
const lookMs = 50;

/** What runs, as the supervisor wrote it; undefined when nothing was ever started or it was ended properly. */
export async function readStatus(files: StateFiles): Promise<InstallationStatus | undefined> {
  const first = await readStatusFile(files);
  if (first !== 'damaged') return first;
  for (const deadline = Date.now() + mendedWithinMs; isLocked(files.lock) && Date.now() < deadline; await delay(lookMs)) {
    const read = await readStatusFile(files);
    if (read !== 'damaged') return read === undefined ? undefined : { ...read, wasDamaged: true };
  }
  const found = await findStatus(files);
  if (isLocked(files.lock) && found.supervisor === nobody)
    throw new Error(`${files.status} is damaged, and the process that holds ${files.lock} does not write it anew: end that process`);
  return found;
}

/** The file as it is. */
export async function readStatusFile(files: StateFiles): Promise<InstallationStatus | 'damaged' | undefined> {
  const text = await readFile(files.status, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const read = JSON.parse(text) as InstallationStatus;
    const isWhole = Number.isInteger(read.supervisor.pid) && read.programs.every(({ name }) => typeof name === 'string');
    return isWhole && read.moved.length >= 0 && Number.isInteger(read.ports.plain) ? read : 'damaged';
  } catch {
    return 'damaged';
  }
}

// No process has this number.
const nobody: ProcessIdentity = { pid: 0, startedAt: 'never' };

/** The status as far as the process table shows it. */
export async function findStatus(files: StateFiles): Promise<InstallationStatus> {
  const running = findProcesses(files.home);
  const processOf = (wanted: string): ProcessIdentity | undefined => running.find(({ name }) => name === wanted)?.process;
  return {
    supervisor: processOf('supervisor') ?? nobody,
    phase: 'watching',
    ports: (await readPorts(files)) ?? preferredPorts,
    moved: [],
    programs: programNames.flatMap((name) => {
      const process = processOf(name);
      return process === undefined ? [] : [{ name, state: 'running', process, restarts: 0 }];
    }),
    wasDamaged: true,
  };
}
