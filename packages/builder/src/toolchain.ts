import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.ts';

/** Where installers put toolchains without telling PATH. */
const wellKnown: Readonly<Record<string, readonly string[]>> = { go: ['/usr/local/go/bin', '/usr/lib/go/bin', '/opt/homebrew/bin'] };

/** Absolute path of a program on the build machine, or undefined. */
export function findProgram(name: string, path: string): string | undefined {
  if (name.includes('/')) return name;
  for (const folder of [...path.split(delimiter), ...(wellKnown[name] ?? [])]) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here: the next folder.
    }
  }
  return undefined;
}

export interface ToolchainQuestion {
  program: readonly [file: string, arg: string];
  cwd: string;
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

/** Name and version of a toolchain, for example `node v20.20.2`; undefined when it is not there. */
export async function readToolchain({ program: [file, arg], cwd, env, signal }: ToolchainQuestion): Promise<string | undefined> {
  const path = findProgram(file, env.PATH ?? '');
  if (path === undefined) return undefined;
  const result = await runCommand({ file: path, args: [arg], cwd, env, signal, timeoutMs: 30_000, captureChars: 200 });
  const version = /v?\d+(\.\d+)+\S*/.exec(result.stdout)?.[0];
  return result.exitCode === 0 && version !== undefined ? `${file === 'python3' ? 'python' : file} ${version}` : undefined;
}
