import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { unavailable } from '../model/index.ts';

export const keyBytes = 32;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/** Creates the file whole or not at all: a crash between creating and writing must not leave a short key that seals everything. */
const createKeyFile = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  const file = openSync(draft, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    writeSync(file, randomBytes(keyBytes));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    chmodSync(draft, 0o600);
    // A link fails where the file exists already: of two processes that start at once, both get the key of the first.
    linkSync(draft, path);
    const folder = openSync(dirname(path), constants.O_RDONLY);
    fsyncSync(folder);
    closeSync(folder);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
};

const readKeyFile = (path: string): Buffer => {
  // No following of links: whoever can place a link could make us seal under a key that they know.
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw unavailable(`the master key ${path} is no file: remove what is there, or name another file`);
    if ((found.mode & 0o077) !== 0) {
      const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
      throw unavailable(
        `the master key ${path} has mode ${mode}, so others may read it: run "chmod 600" on it, and consider the secrets under it as known`,
      );
    }
    if (found.size !== keyBytes)
      throw unavailable(
        `the master key ${path} has ${found.size} bytes instead of ${keyBytes}: restore it from a backup; without it the stored secrets cannot be read`,
      );
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
};

/** Reads the master key; makes it once where there is none. */
export const loadMasterKey = (path: string): Buffer => {
  try {
    return readKeyFile(path);
  } catch (error) {
    if (codeOf(error) === 'ELOOP') throw unavailable(`the master key ${path} is a symbolic link: name the file itself`, error);
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  createKeyFile(path);
  return readKeyFile(path);
};
