import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandContext } from '../command.ts';

export async function version({ checkout, terminal }: CommandContext): Promise<void> {
  const { version: number } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as { version: string };
  await terminal.result({ data: { version: number, node: process.version }, text: `fairway ${number}`, names: [number] });
}
