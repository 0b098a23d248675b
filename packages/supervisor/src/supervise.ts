import { readFile, rm } from 'node:fs/promises';
import { choosePorts, type Ports } from './choose-ports.ts';
import { prepareInstallation } from './prepare-installation.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import { type Program, programs } from './programs.ts';
import type { StateFiles } from './state-folder.ts';
import { type ProgramStatus, watchProgram } from './watch-process.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** What `run/status.json` holds. */
export interface InstallationStatus {
  supervisor: ProcessIdentity;
  ports: Ports;
  /** Ports that were taken, and what was used instead. */
  moved: { name: keyof Ports; from: number; to: number }[];
  programs: ProgramStatus[];
}

export interface SuperviseOptions {
  files: StateFiles;
  wanted: Ports;
  checkout: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Resolves when the supervisor is asked to end. */
  untilStopped: Promise<void>;
}

/** Runs an installation until it is asked to end: prepares it, keeps its programs running, ends them in the reverse order. */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const { files, wanted, checkout, env } = options;
  const me = identify(process.pid);
  if (me === undefined) throw new Error('the supervisor cannot see itself in the process table');
  const before = await readStatus(files);
  if (before !== undefined && isAlive(before.supervisor))
    throw new Error(`this installation is watched by process ${before.supervisor.pid} already: fairway down ends it`);
  // What still runs keeps its ports; the others move out of the way of whoever took theirs.
  const survivors = (before?.programs ?? []).filter((program) => program.process !== undefined && isAlive(program.process));
  const { ports, moved } = before !== undefined && survivors.length > 0 ? before : await choosePorts(wanted);
  await prepareInstallation(files, ports);

  const all: Program[] = programs({ files, ports, checkout, node: process.execPath, env });
  const watched = new Map<string, ReturnType<typeof watchProgram>>();
  let writing = Promise.resolve();
  const record = (): void => {
    const status: InstallationStatus = { supervisor: me, ports, moved, programs: [...watched.values()].map((program) => program.status()) };
    writing = writing
      .then(() => writeFileAtomic(files.status, `${JSON.stringify(status, null, 2)}\n`))
      .catch((error: unknown) => {
        process.stderr.write(`${JSON.stringify({ level: 'error', msg: 'the status file could not be written', error: String(error) })}\n`);
      });
  };
  for (const program of all) {
    const survivor = survivors.find(({ name }) => name === program.name)?.process;
    watched.set(program.name, watchProgram(program, { adopt: survivor, onChange: record }));
  }
  record();
  await options.untilStopped;
  for (const program of [...watched.values()].reverse()) await program.stop();
  await writing;
  await rm(files.status, { force: true });
}

/** What runs, as the supervisor wrote it; undefined when nothing was ever started or it was ended properly. */
export async function readStatus(files: StateFiles): Promise<InstallationStatus | undefined> {
  const text = await readFile(files.status, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as InstallationStatus);
}
