import type { WriteStream } from 'node:tty';

export type OutputFormat = 'text' | 'json' | 'yaml' | 'name';
export type Cells = readonly (string | number | undefined)[];

/** Where a command speaks: data on stdout, everything else on stderr. */
export interface Terminal {
  readonly format: OutputFormat;
  readonly isInteractive: boolean;
  /** The result of the command, once: text for people, or the object as it is. */
  result(of: { data: unknown; text: string; names?: readonly string[] }): Promise<void>;
  /** A line of a stream (logs, events). */
  line(text: string): void;
  /** What goes on, for people. Silent with --quiet. */
  note(text: string): void;
  /** Marks words when colour is wanted. */
  style(kind: 'good' | 'bad' | 'dim' | 'strong', text: string): string;
}

export interface TerminalOptions {
  stdout: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>;
  stderr: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>;
  stdin: Partial<Pick<WriteStream, 'isTTY'>>;
  env: Readonly<Record<string, string | undefined>>;
  format: OutputFormat;
  isQuiet: boolean;
  color: 'auto' | 'always' | 'never';
}

const codes = { good: 32, bad: 31, dim: 2, strong: 1 } as const;

export function createTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr, env } = options;
  const wantsColor = (stream: { isTTY?: boolean }): boolean => {
    if (options.color !== 'auto') return options.color === 'always';
    if (env.NO_COLOR || env.CLICOLOR === '0' || env.TERM === 'dumb') return false;
    return env.FORCE_COLOR !== undefined || env.CLICOLOR_FORCE !== undefined || stream.isTTY === true;
  };
  const hasColor = wantsColor(stdout) && wantsColor(stderr);
  return {
    format: options.format,
    isInteractive: stdout.isTTY === true && options.stdin.isTTY === true,
    result: async ({ data, text, names }) => {
      if (options.format === 'json') stdout.write(`${JSON.stringify(data, null, 2)}\n`);
      else if (options.format === 'yaml') stdout.write((await import('yaml')).stringify(data));
      else if (options.format === 'name') stdout.write((names ?? []).map((name) => `${name}\n`).join(''));
      else if (text !== '') stdout.write(`${text}\n`);
    },
    line: (text) => void stdout.write(`${text}\n`),
    note: (text) => {
      if (!options.isQuiet) stderr.write(`${text}\n`);
    },
    style: (kind, text) => (hasColor ? `\u001b[${codes[kind]}m${text}\u001b[0m` : text),
  };
}

/** Columns as wide as their widest cell; nothing is cut off. */
export function table(head: readonly string[], rows: readonly Cells[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => plain(String(cell ?? '-'))));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and messages come from others: control characters would move the cursor or change colours. */
export const plain = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?').replace(/[\t\n]/g, ' ');
