import { readFile } from 'node:fs/promises';
import { type Ports, portNames } from './choose-ports.ts';
import type { StateFiles } from './state-folder.ts';

const isPort = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536;

/** The ports that this installation used last; undefined before its first start, and when the file is damaged (they are chosen anew then). */
export async function readPorts(files: StateFiles): Promise<Ports | undefined> {
  try {
    const known = JSON.parse(await readFile(files.ports, 'utf8')) as Partial<Ports>;
    return portNames.every((name) => isPort(known[name])) ? (known as Ports) : undefined;
  } catch {
    return undefined;
  }
}
