import { spawn } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessTable } from './process-table.ts';

export interface TerminalSize {
  columns: number;
  rows: number;
}

// Node opens no terminals by itself; util-linux' `script`, which every Linux distribution has, opens one and passes everything through.
const scriptPath = '/usr/bin/script';

/**
 * A command that runs another with a terminal of its own; undefined where there is none to be had. `script` takes one text for a shell: ours is made of
 * numbers alone and the words of the command come as variables, so that nobody's text is ever read as shell.
 */
export function terminalCommand(command: readonly string[]): { command: string[]; env: Record<string, string> } | undefined {
  if (process.platform !== 'linux' || !existsSync(scriptPath)) return undefined;
  const names = command.map((_, index) => `FAIRWAY_WORD_${index}`);
  const text = `set -- ${names.map((name) => `"$${name}"`).join(' ')}; unset SHELL ${names.join(' ')}; exec "$@"`;
  const env = { ...Object.fromEntries(names.map((name, index) => [name, command[index] ?? ''])), SHELL: '/bin/sh' };
  return { command: [scriptPath, '-q', '-e', '-f', '-c', text, '/dev/null'], env };
}

const terminalPath = /^\/dev\/pts\/\d+$/;
const tries = 20;
const tryMs = 50;

/** The terminal that `script` opened for its child; waits a moment for it. */
export async function findTerminal(table: ProcessTable, pid: number, signal: AbortSignal): Promise<string | undefined> {
  for (let left = tries; left > 0 && !signal.aborted; left--) {
    const child = (await table.list()).find(({ parent }) => parent === pid);
    if (child !== undefined) {
      const path = linkOf(`/proc/${child.pid}/fd/0`);
      if (path !== undefined && terminalPath.test(path)) return path;
    }
    await pause(tryMs);
  }
  return undefined;
}

const linkOf = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

const sizeMs = 5_000;

/** Tells a terminal its size, and with it who runs there. */
export function setSize(path: string, { columns, rows }: TerminalSize): void {
  const child = spawn('stty', ['-F', path, 'rows', String(rows), 'cols', String(columns)], { stdio: 'ignore', timeout: sizeMs });
  // Without it the size stays as it is.
  child.on('error', () => {});
}
