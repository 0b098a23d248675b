import { type InstallationStatus, readStatus } from '@fairway/supervisor';
import type { CommandContext } from './command.ts';

// Longer ago, it explains nothing that somebody sees now.
const tellForMs = 3_600_000;

/** What runs on this machine; says it when the file that tells was damaged. */
export async function readStatusAloud({
  files,
  terminal,
}: Pick<CommandContext, 'files' | 'terminal'>): Promise<InstallationStatus | undefined> {
  const status = await readStatus(files);
  if (status?.wasDamaged === true) terminal.note(`${files.status} was damaged: what runs was found out without it`);
  return status;
}

/** A sentence for each program of the installation that does not run, or fell a short while ago. */
export function notesOnPrograms(programs: InstallationStatus['programs'], now: number): string[] {
  return programs.flatMap(({ name, state, lastExit = 'the cause is unknown', lastExitAt, nextStartAt }) => {
    if (state === 'backing-off' && nextStartAt !== undefined)
      return [`${name} does not run: ${lastExit}; it is started again at ${timeOf(nextStartAt)}`];
    if (state === 'failed' || state === 'backing-off') return [`${name} does not run: ${lastExit}; fairway doctor says more`];
    if (state !== 'running' || lastExitAt === undefined || now - Date.parse(lastExitAt) > tellForMs) return [];
    return [`${name} was started again at ${timeOf(lastExitAt)}: ${lastExit}`];
  });
}

const timeOf = (time: string): string => time.replace(/^.*T/, '').replace(/\.\d+Z$/, 'Z');
