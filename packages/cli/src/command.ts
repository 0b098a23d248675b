import type { StateFiles } from '@fairway/supervisor';
import type { Connection } from './connection.ts';
import type { Terminal } from './terminal.ts';

/** What a command may use. Nothing is reached but through it. */
export interface CommandContext {
  terminal: Terminal;
  files: StateFiles;
  /** Folder of this checkout or installation. */
  checkout: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** What is written to the command; a command that reads it never does so from a terminal. */
  stdin: AsyncIterable<string | Uint8Array> & { isTTY?: boolean };
  signal: AbortSignal;
  connect(): Promise<Connection>;
  /** Values of flags by their long names in camelCase. */
  options: Readonly<Record<string, string | boolean | string[] | undefined>>;
  /** Positional arguments. */
  args: readonly string[];
}

export interface Flag {
  /** commander's form: `-e, --env <name>`. */
  flags: string;
  about: string;
  fallback?: string | boolean;
}

/** One row of the command table: help, documents and tests come from it. `run` is loaded when it is called, so that a row costs nothing. */
export interface Command {
  /** Words of the command, with its arguments: `deploy [folder]`. */
  usage: string;
  about: string;
  flags?: readonly Flag[];
  examples: readonly string[];
  run(context: CommandContext): Promise<void>;
}

export const text = (value: CommandContext['options'][string]): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The words of a row without its arguments: `config set`. */
export const wordsOf = ({ usage }: Command): string[] => usage.split(' ').filter((word) => !/^[[<]/.test(word));
