import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import type { Program } from '@fairway/supervisor';

export interface MoreOfProgram {
  /** Further flags of Node, for example `--cpu-prof`. */
  nodeFlags?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** Starts one of the supervisor's programs as the supervisor does, its output at the end of its log. */
export const spawnProgram = async (program: Program, { nodeFlags = [], env = {} }: MoreOfProgram = {}): Promise<ChildProcess> => {
  const log = await open(program.log, 'a');
  try {
    // Behind its own flags, so that a further one wins, and before the file.
    const file = program.args.indexOf('--home') - 1;
    return spawn(program.command, program.args.toSpliced(file, 0, ...nodeFlags), {
      cwd: program.cwd,
      env: { ...program.env, ...env },
      stdio: ['ignore', log.fd, log.fd],
    });
  } finally {
    await log.close();
  }
};
