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

/** One row of the command table: help, completion, documents and tests come from it. */
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
