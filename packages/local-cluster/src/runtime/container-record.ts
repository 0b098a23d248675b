import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@fairway/resources/log';

export type ContainerId = string;

/** How a container ended. */
export interface Exit {
  code: number;
  /** Number of the signal that ended it, if one did. */
  signal?: number;
  /** `exit 7`, `signal 9 (SIGKILL)`, or why it is not known. */
  reason: string;
  at: number;
}

/**
 * What is known of one run of a container; stored beside its output, so that a restarted local cluster finds it again.
 * The environment is not in it: it may hold secrets, and the running process has it.
 */
export interface ContainerRecord {
  id: ContainerId;
  podUid: string;
  name: string;
  /** 0, 1, 2 …: how often the container was started before in this pod. */
  attempt: number;
  image: string;
  imageId: string;
  /** Working folder. */
  cwd: string;
  startedAt: number;
  bootId: string;
  /** The shim, which leads the group. Absent while it is being started. */
  pid?: number;
  /** The shim's start time in the words of the process table. */
  pidStartedAt?: string;
  exit?: Exit;
  /** It was ended because everything on this machine was: the next start runs it again at once, as no fault of its own. */
  interrupted?: boolean;
  /** True when nothing of the group is left. */
  swept: boolean;
}

export const containerId = (podUid: string, name: string, attempt: number): ContainerId => `${podUid}.${name}.${attempt}`;

const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** A folder below a root whose parts come from objects: parts that could leave it are refused. */
export const folderOf = (root: string, ...parts: string[]): string => {
  for (const part of parts) if (!safeName.test(part)) throw new Error(`"${part.slice(0, 80)}" cannot be the name of a folder`);
  return join(root, ...parts);
};

export const containerFolder = (root: string, { podUid, name, attempt }: { podUid: string; name: string; attempt: number }): string =>
  folderOf(root, podUid, 'containers', name, String(attempt));

/** Written beside and renamed: a reader sees the old text or the new one. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

const recordFile = 'container.json';

export async function saveRecord(root: string, record: ContainerRecord): Promise<void> {
  const folder = containerFolder(root, record);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeAtomically(join(folder, recordFile), JSON.stringify(record));
}

const parseRecord = (text: string): ContainerRecord | undefined => {
  try {
    return JSON.parse(text) as ContainerRecord;
  } catch {
    return undefined;
  }
};

const entriesOf = async (folder: string): Promise<string[]> => {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
};

/** All records below the root. A folder without a whole record was never started and is passed over. */
export async function loadRecords(root: string, log: Log): Promise<ContainerRecord[]> {
  const found: ContainerRecord[] = [];
  for (const podUid of await entriesOf(root)) {
    for (const name of await entriesOf(join(root, podUid, 'containers'))) {
      for (const attempt of await entriesOf(join(root, podUid, 'containers', name))) {
        const text = await readFile(join(root, podUid, 'containers', name, attempt, recordFile), 'utf8').catch(() => undefined);
        const record = text === undefined ? undefined : parseRecord(text);
        if (record === undefined) log.warn('a container without a readable record is passed over', { podUid, name, attempt });
        else found.push(record);
      }
    }
  }
  return found;
}

const signalNames: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

/** A shell's answer in words: above 128 it is a signal, as far as a shell can tell. */
const exitOf = (code: number, at: number): Exit => {
  const signal = code > 128 && code <= 192 ? code - 128 : undefined;
  if (signal === undefined) return { code, reason: `exit ${code}`, at };
  const name = signalNames[signal];
  return { code, signal, reason: `signal ${signal}${name === undefined ? '' : ` (${name})`}`, at };
};

/** What the shim wrote; undefined while it has not. */
export async function readExit(folder: string): Promise<Exit | undefined> {
  const path = join(folder, 'exit');
  // Asked of every running container every few seconds: a failed read costs far more than this question.
  if (!existsSync(path)) return undefined;
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const code = Number.parseInt(text ?? '', 10);
  if (text === undefined || Number.isNaN(code)) return undefined;
  return exitOf(code, Math.round((await stat(path)).mtimeMs));
}
