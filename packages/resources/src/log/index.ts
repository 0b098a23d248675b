/**
 * Structured logs: one JSON object a line, for every process of Fairway.
 * Holds no global: a process makes one log and hands it on. Fields are data, never spliced into the message.
 */
export type Level = 'debug' | 'info' | 'warn' | 'error';
export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  /** Only what a person must act on now. */
  error(message: string, fields?: Fields): void;
  /** The same log with these fields on every line. */
  with(fields: Fields): Log;
}

const rank: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 };
// A longer text is an accident (a whole body, a page of HTML) that would drown the log.
const maxTextChars = 4_000;
const secretName = /token|password|secret|authorization|cookie|private.?key/i;

const plain = (key: string, value: unknown): unknown => {
  if (secretName.test(key) && typeof value === 'string') return '***';
  if (value instanceof Error) {
    const { cause } = value;
    return {
      name: value.name,
      message: value.message,
      stack: value.stack,
      ...(cause === undefined ? {} : { cause: plain('cause', cause) }),
    };
  }
  if (typeof value === 'string' && value.length > maxTextChars) return `${value.slice(0, maxTextChars)}… (${value.length} characters)`;
  return value;
};

export function createLog(options: { write: (line: string) => void; now: () => number; level?: Level; fields?: Fields }): Log {
  const least = rank[options.level ?? 'info'];
  const line = (level: Level, msg: string, fields: Fields = {}): void => {
    if (rank[level] < least) return;
    const entry = { time: new Date(options.now()).toISOString(), level, msg, ...options.fields, ...fields };
    options.write(`${JSON.stringify(entry, plain)}\n`);
  };
  return {
    debug: (message, fields) => line('debug', message, fields),
    info: (message, fields) => line('info', message, fields),
    warn: (message, fields) => line('warn', message, fields),
    error: (message, fields) => line('error', message, fields),
    with: (fields) => createLog({ ...options, fields: { ...options.fields, ...fields } }),
  };
}

export const silentLog: Log = createLog({ write: () => {}, now: () => 0 });
