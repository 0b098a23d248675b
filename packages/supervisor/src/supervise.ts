import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { choosePorts, type MovedPort, type Ports, preferredPorts } from './choose-ports.ts';
import { bundlePrograms, fingerprint } from './code-cache.ts';
import { endProcess } from './end-process.ts';
import { installationOf } from './installation-id.ts';
import { prepareInstallation } from './prepare-installation.ts';
import { identify, isAlive } from './process-identity.ts';
import { programs } from './programs.ts';
import { readPorts } from './read-ports.ts';
import { findStatus, type InstallationStatus, readStatus, readStatusFile } from './read-status.ts';
import type { StateFiles } from './state-folder.ts';
import { takeLock } from './take-lock.ts';
import { type LivenessTiming, usualTiming } from './watch-liveness.ts';
import { type ProgramStatus, watchProgram } from './watch-process.ts';
import { workFolder } from './work-folder.ts';
import { createStatusWriter } from './write-status.ts';

export interface SuperviseOptions {
  files: StateFiles;
  /** Ports that somebody asked for; the others are those of the last run, or the usual ones. */
  wanted: Partial<Ports>;
  checkout: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Resolves when the supervisor is asked to end. */
  untilStopped: Promise<void>;
  /** Called when all programs have been started. */
  onStarted?: (status: InstallationStatus) => void;
  /** It is somebody's to end: `up` does not replace it by one of another version. */
  isForeground?: boolean;
  timing?: LivenessTiming;
}

// Longer than each of them takes to let its requests end.
const outdatedGraceMs = 15_000;

/** Exit code of a supervisor that found another one at work. */
export const alreadyWatchedExit = 3;

/** Another supervisor watches this installation. */
export class AlreadyWatched extends Error {
  override readonly name = 'AlreadyWatched';
}

/** Runs an installation until it is asked to end: prepares it, keeps its programs running, ends them in the reverse order. */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const { files } = options;
  const lock = takeLock(files.lock);
  if (lock === undefined) {
    const other = await readStatus(files);
    throw new AlreadyWatched(
      `this installation is watched by ${other === undefined ? 'another process' : `process ${other.supervisor.pid}`} already: fairway down ends it`,
    );
  }
  try {
    await watchUntilStopped(options);
  } finally {
    lock.release();
  }
}

async function watchUntilStopped(options: SuperviseOptions): Promise<void> {
  const { files, wanted, checkout, env, timing = usualTiming, isForeground = false } = options;
  const supervisor = identify(process.pid);
  if (supervisor === undefined) throw new Error('the supervisor cannot see itself in the process table');
  const read = await readStatusFile(files);
  const before = read === 'damaged' ? await findStatus(files) : read;
  // What outlived a killed supervisor is adopted. Identities hold the boot, so that a file from before a restart of the machine names nobody.
  const survivors = (before?.programs ?? []).filter((program) => program.process !== undefined && isAlive(program.process));
  const { ports, moved } = await portsFor({ files, wanted, before: survivors.length > 0 ? before : undefined });
  const code = fingerprint(checkout);
  // What the process table shows tells nothing of its version: no reason to end it.
  const outdated = before?.wasDamaged !== true && before?.code !== code ? survivors : [];
  const replaced = outdated.map(({ name }) => name);
  const status: InstallationStatus = { supervisor, phase: 'preparing', ports, moved, programs: survivors, code, isForeground, replaced };
  const writer = createStatusWriter(files.status, status);
  // Before anything is started: whoever looks now sees that somebody is at work, and what is his.
  await writer.write();
  const why = await bundlePrograms({ checkout, node: process.execPath });
  if (why !== undefined) warn('a program could not be bundled and takes more memory from its sources', { why });
  await prepareInstallation(files, ports);
  await endOutdated(outdated);
  const own = { installation: await installationOf(files), workFolder: workFolder(files.home, env, homedir()) };

  const watched = new Map<string, ReturnType<typeof watchProgram>>();
  const onChange = (): void => {
    const unseen = survivors.filter(({ name }) => !watched.has(name));
    status.programs = [...[...watched.values()].map((program) => program.status()), ...unseen];
    void writer.write();
  };
  for (const program of programs({ files, ports, checkout, node: process.execPath, env, ...own })) {
    const adopt = survivors.find(({ name }) => name === program.name)?.process;
    watched.set(program.name, watchProgram(program, { adopt, onChange, now: Date.now, timing }));
  }
  status.phase = 'watching';
  onChange();
  await writer.write();
  options.onStarted?.(status);
  const stopMending = writer.mend();
  await options.untilStopped;
  status.phase = 'stopping';
  await writer.write();
  for (const program of [...watched.values()].reverse()) await program.stop();
  await writer.write();
  await stopMending();
  await rm(files.status, { force: true });
}

const warn = (msg: string, fields: Readonly<Record<string, string>>): void => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level: 'warn', msg, ...fields })}\n`);
};

/** By the signal that lets applications go on; the gateway last, so that their traffic stops for as short as can be. */
async function endOutdated(programs: readonly ProgramStatus[]): Promise<void> {
  const last = (name: string): number => (name === 'gateway' ? 1 : 0);
  for (const { process } of programs.toSorted((a, b) => last(a.name) - last(b.name)))
    if (process !== undefined) await endProcess(process, 'SIGTERM', Date.now() + outdatedGraceMs);
}

/** What still runs keeps its ports; otherwise each port moves out of the way of whoever has it. */
async function portsFor(of: {
  files: StateFiles;
  wanted: Partial<Ports>;
  before: InstallationStatus | undefined;
}): Promise<{ ports: Ports; moved: MovedPort[] }> {
  if (of.before !== undefined) return { ports: of.before.ports, moved: of.before.moved };
  return choosePorts({ ...preferredPorts, ...(await readPorts(of.files)), ...of.wanted });
}
