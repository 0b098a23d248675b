import { readFile } from 'node:fs/promises';
import type { InstallationStatus } from './read-status.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

// Whoever cannot read the status waits a little longer than this.
const lookMs = 2_000;

export interface StatusWriter {
  write(): Promise<void>;
  /** From now on it is written again when somebody else changes or removes it, until the answer is called. */
  mend(): () => Promise<void>;
}

/** Writes one after the other, each time what is true then. A full disk does not end the supervisor: what it watches matters more. */
export function createStatusWriter(file: string, status: InstallationStatus): StatusWriter {
  let written = '';
  let writing = Promise.resolve();
  const tell = (msg: string, error?: unknown): void => {
    const entry = { time: new Date().toISOString(), level: 'error', msg, ...(error === undefined ? {} : { error: String(error) }) };
    process.stderr.write(`${JSON.stringify(entry)}\n`);
  };
  const textOf = (): string => `${JSON.stringify(status, null, 2)}\n`;
  const writeNow = async (): Promise<void> => {
    const text = textOf();
    await writeFileAtomic(file, text);
    written = text;
  };
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    writing = writing.then(work).catch((error: unknown) => tell('the status file could not be written', error));
    return writing;
  };
  const look = async (): Promise<void> => {
    if ((await readFile(file, 'utf8').catch(() => '')) === written) return;
    tell(`${file} was changed by another: it is written anew`);
    await writeNow();
  };
  return {
    // Changes that come together are one.
    write: () => inTurn(async () => (textOf() === written ? undefined : writeNow())),
    mend: () => {
      const timer = setInterval(() => void inTurn(look), lookMs);
      return () => {
        clearInterval(timer);
        return writing;
      };
    },
  };
}
