import { parse } from 'yaml';
import { BuildFailure } from '../build-failure.ts';
import type { SourceTree } from '../source-tree.ts';
import type { Shape } from './plan.ts';

/** The optional file `fairway.yaml`: what detection cannot know. */
export interface FairwayFile {
  command?: string;
  build?: string;
  port?: number;
  schedule?: string;
  shape?: Shape;
  /** Folder of the application below the folder of this file. */
  root?: string;
}

const file = 'fairway.yaml';
const shapes: readonly string[] = ['web', 'worker', 'task', 'service'];
const fields: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  command: isLine,
  build: isLine,
  schedule: isSchedule,
  root: isFolder,
  port: (value) => (Number.isInteger(value) && Number(value) > 0 && Number(value) < 65536 ? undefined : 'must be a number from 1 to 65535'),
  shape: (value) => (typeof value === 'string' && shapes.includes(value) ? undefined : `must be one of ${shapes.join(', ')}`),
};

/** Reads `fairway.yaml` and lays the build's parameters of the same names over it. All faults are told at once. */
export function readFairwayFile(source: SourceTree, parameters: Readonly<Record<string, string>>): FairwayFile {
  const text = source.read(file) ?? source.read('fairway.yml');
  const values = { ...(text === undefined ? {} : parseYaml(text)), ...knownParameters(parameters) };
  const faults: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const fault = check === undefined ? `is not known; known are ${Object.keys(fields).join(', ')}` : check(value);
    if (fault !== undefined) faults.push(`${name} ${fault}`);
  }
  if (faults.length > 0) throw new BuildFailure('detect', `${file}: ${faults.join('; ')}`, { line: `${file}: ${faults[0]}` });
  return values as FairwayFile;
}

function parseYaml(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 50 });
  } catch (cause) {
    const line = `${file}: ${(cause as Error).message.split('\n')[0]}`;
    throw new BuildFailure('detect', `${line}. Correct the file and push again`, { line, cause });
  }
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new BuildFailure('detect', `${file} must hold fields such as "command: node server.js", one a line`);
}

function knownParameters(parameters: Readonly<Record<string, string>>): Record<string, unknown> {
  const known = Object.entries(parameters).filter(([name]) => Object.hasOwn(fields, name));
  return Object.fromEntries(known.map(([name, value]) => [name, name === 'port' ? Number(value) : value]));
}

function isLine(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && !/[\n\r\0]/.test(value) ? undefined : 'must be one line of text';
}

function isSchedule(value: unknown): string | undefined {
  const isCron =
    typeof value === 'string' && (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(value) || /^\S+( +\S+){4}$/.test(value));
  return isCron ? undefined : 'must be a cron expression of five fields in quotes, for example "*/5 * * * *"';
}

function isFolder(value: unknown): string | undefined {
  const isInner =
    typeof value === 'string' && value !== '' && !value.startsWith('/') && !value.split('/').includes('..') && !value.includes('\0');
  return isInner ? undefined : 'must be a folder below this one, without ".."';
}
