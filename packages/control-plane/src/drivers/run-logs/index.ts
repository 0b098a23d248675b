/**
 * Logs of finished pipeline steps in a folder of the disk: one file a step. Fills the archive port of pipelines.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { invalid } from '@fairway/resources/model';
import type { LogArchive } from '#domains/pipelines';

// A build that writes more is cut here, with a line that says so; the disk of a laptop is not for logs.
const maxLogBytes = 16 * 1024 * 1024;
const word = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

export function createLogArchive({ root }: { root: string }): LogArchive {
  const isName = (part: string): boolean => word.test(part) && !part.includes('..');
  const fileOf = (organization: string, name: string): string => {
    if (!isName(organization) || !isName(name)) throw invalid('this is no name of a log');
    return join(root, organization, `${name}.log`);
  };
  return {
    save: async (organization, name, log) => {
      const file = fileOf(organization, name);
      await mkdir(join(root, organization), { recursive: true });
      await pipeline(cut(log), createWriteStream(`${file}.new`));
      await rename(`${file}.new`, file);
    },
    read: async (organization, name) => {
      const file = fileOf(organization, name);
      const isThere = await access(file).then(
        () => true,
        () => false,
      );
      return isThere ? (createReadStream(file) as AsyncIterable<Uint8Array>) : undefined;
    },
    remove: async (organization, name) => {
      // A run that can have no log must still be able to go.
      if (!isName(organization) || !isName(name)) return;
      const file = fileOf(organization, name);
      // Beside it lies what a crash left of a log that was being saved.
      for (const path of [file, `${file}.new`]) await rm(path, { force: true });
    },
  };
}

async function* cut(log: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of log) {
    size += chunk.length;
    if (size > maxLogBytes) {
      yield Buffer.from(`\n… the log is longer than ${maxLogBytes} bytes and ends here\n`);
      return;
    }
    yield chunk;
  }
}
