import { finished, type Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Which streams a client wants of a command. */
export interface CommandStreams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** How a command ended: its exit code, or why it did not run. */
export type CommandEnd = { code: number } | { failure: string };

/** A command that runs, or the output of a container that is looked on at. */
export interface RemoteCommand {
  stdin?: Writable;
  stdout?: Readable;
  stderr?: Readable;
  resize(size: { columns: number; rows: number }): void;
  /** When its streams have ended too. Never rejects. */
  ended: Promise<CommandEnd>;
}

/** The client's side of a command. */
export interface CommandChannels {
  stdin?: Readable;
  stdout?: Writable;
  stderr?: Writable;
  resize?: Readable;
  error: Writable;
  close(): void;
}

const statusOf = (end: CommandEnd): object => {
  if ('failure' in end) {
    const message = `Internal error occurred: error executing command in container: ${end.failure}`;
    return {
      metadata: {},
      status: 'Failure',
      message,
      reason: 'InternalError',
      details: { causes: [{ message: end.failure }] },
      code: 500,
    };
  }
  if (end.code === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${end.code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(end.code) }] },
  };
};

// A size is one short line of JSON.
const maxSizeChars = 1_024;

function followSizes(resize: Readable, command: RemoteCommand): void {
  let text = '';
  resize.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-maxSizeChars);
    // A line end is left out by clients that send each size as one message.
    for (const found of text.match(/\{[^{}]*\}/g) ?? []) {
      text = text.slice(text.indexOf(found) + found.length);
      const size = sizeOf(found);
      if (size !== undefined) command.resize(size);
    }
  });
}

function sizeOf(text: string): { columns: number; rows: number } | undefined {
  try {
    const { Width: columns, Height: rows } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    const isSize = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0 && Number(value) <= 65_535;
    return isSize(columns) && isSize(rows) ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

/** The client is given each output to its end; a client that is gone ends the passing, not the command. */
const pass = async (from: Readable | undefined, to: Writable | undefined): Promise<void> => {
  if (from === undefined) return;
  if (to === undefined) from.resume();
  else await pipeline(from, to).catch(() => {});
};

/** Joins a command with its client until it has ended, and says how. */
export async function serveCommand(channels: CommandChannels, command: RemoteCommand): Promise<void> {
  const { stdin, stdout, stderr, resize, error } = channels;
  if (resize !== undefined) followSizes(resize, command);
  // A command that does not read all of its input is no failure.
  if (stdin !== undefined && command.stdin !== undefined) pipeline(stdin, command.stdin).catch(() => {});
  else stdin?.resume();
  await Promise.all([pass(command.stdout, stdout), pass(command.stderr, stderr)]);
  const end = await command.ended;
  await new Promise<void>((resolve) => {
    finished(error, () => resolve());
    error.end(JSON.stringify(statusOf(end)));
  });
  channels.close();
}
