import type { WriteStream } from 'node:tty';

export const outputFormats = ['text', 'json', 'yaml', 'name'] as const;
export type OutputFormat = (typeof outputFormats)[number];
export const colorModes = ['auto', 'always', 'never'] as const;
export type ColorMode = (typeof colorModes)[number];
export type Cells = readonly (string | number | undefined)[];

/** Where a command speaks: data on stdout, everything else on stderr. */
export interface Terminal {
  readonly format: OutputFormat;
  /** A person is here: stdin and stdout are both terminals. */
  readonly isInteractive: boolean;
  /** The result of the command, once: text for people, or the object as it is. */
  result(of: { data: unknown; text: string; names?: readonly string[] }): Promise<void>;
  /** One entry of a stream (logs, events): a line of text, of JSON, a YAML document, or its name. */
  line(of: { data: unknown; text: string; name: string }): Promise<void>;
  /** What goes on, for people. Silent with --quiet. */
  note(text: string): void;
  /** Why a command failed. Never silent; JSON with -o json. */
  failure(of: { message: string; hint?: string | undefined; details: Readonly<Record<string, unknown>> }): void;
  /** Marks words when colour is wanted. */
  style(kind: Style, text: string): string;
}

type Style = 'good' | 'bad' | 'dim' | 'strong';
type Output = NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>;

export interface TerminalOptions {
  stdout: Output;
  stderr: Output;
  stdin: Partial<Pick<WriteStream, 'isTTY'>>;
  env: Readonly<Record<string, string | undefined>>;
  format: OutputFormat;
  isQuiet: boolean;
  color: ColorMode;
}

const codes: Readonly<Record<Style, number>> = { good: 32, bad: 31, dim: 2, strong: 1 };

export function createTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr, format } = options;
  const hasColor = wantsColor(options, stdout) && wantsColor(options, stderr);
  const style = (kind: Style, text: string): string => (hasColor ? `\u001b[${codes[kind]}m${text}\u001b[0m` : text);
  const yaml = async (data: unknown): Promise<string> => (await import('yaml')).stringify(data);
  return {
    format,
    style,
    isInteractive: stdout.isTTY === true && options.stdin.isTTY === true,
    result: async ({ data, text, names }) => {
      if (format === 'json') stdout.write(`${JSON.stringify(data, null, 2)}\n`);
      else if (format === 'yaml') stdout.write(await yaml(data));
      else if (format === 'name') stdout.write((names ?? []).map((name) => `${name}\n`).join(''));
      else if (text !== '') stdout.write(`${text}\n`);
    },
    line: async ({ data, text, name }) => {
      if (format === 'json') stdout.write(`${JSON.stringify(data)}\n`);
      else if (format === 'yaml') stdout.write(`---\n${await yaml(data)}`);
      else if (format === 'name') stdout.write(`${name}\n`);
      // Into a pipe or a file an application's output goes as it is; a terminal is spared all but colours.
      else stdout.write(`${stdout.isTTY === true ? withoutCursorMoves(text) : text}\n`);
    },
    note: (text) => {
      if (!options.isQuiet) stderr.write(`${text}\n`);
    },
    failure: ({ message, hint, details }) => {
      if (format === 'json') {
        stderr.write(`${JSON.stringify({ error: { message, ...(hint === undefined ? {} : { hint }), ...details } })}\n`);
        return;
      }
      const id = details.requestId;
      stderr.write(`${style('bad', 'error:')} ${plainLines(message)}${typeof id === 'string' ? ` (request ${plain(id)})` : ''}\n`);
      if (hint !== undefined) stderr.write(`${style('dim', 'next:')} ${plainLines(hint)}\n`);
    },
  };
}

function wantsColor({ color, env }: TerminalOptions, stream: Output): boolean {
  if (color !== 'auto') return color === 'always';
  const isOn = (name: string): boolean => env[name] !== undefined && env[name] !== '' && env[name] !== '0';
  if (env.NO_COLOR || env.FORCE_COLOR === '0') return false;
  if (isOn('FORCE_COLOR') || isOn('CLICOLOR_FORCE')) return true;
  return env.CLICOLOR !== '0' && env.TERM !== 'dumb' && stream.isTTY === true;
}

/** Columns as wide as their widest cell; nothing is cut off. */
export function table(head: readonly string[], rows: readonly Cells[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => withoutCursorMoves(String(cell ?? '-')).replace(/[\t\n]/g, ' ')));
  const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : `${cell}${' '.repeat((widths[column] ?? 0) - widthOf(cell))}`))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const colorCodes = /\u001b\[[0-9;]*m/g;
const widthOf = (text: string): number => [...text.replace(colorCodes, '')].length;

/** One line: names and messages come from others, and control characters would move the cursor or change colours. */
export const plain = (text: string): string => plainLines(text).replace(/[\t\n]/g, ' ');

/** The same for messages of several lines. */
const plainLines = (text: string): string => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?');

const withoutCursorMoves = (text: string): string =>
  text
    .split(/(\u001b\[[0-9;]*m)/)
    .map((part, index) => (index % 2 === 1 ? part : plainLines(part)))
    .join('');
