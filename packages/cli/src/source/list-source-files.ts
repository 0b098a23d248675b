import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { type GitCall, tryGit } from './run-git.ts';

// Never source unless somebody committed it: what package managers and tools make again.
const neverSource = ['.fairway/', 'node_modules/', '.venv/', '__pycache__/', '.DS_Store'];
const ownIgnoreFile = '.fairwayignore';

/**
 * Paths of the files that make up a folder: in a Git checkout what is tracked and what is new and not ignored, by all ignore files of the checkout
 * (those above the folder too: a secret that is ignored there must not leave this machine); elsewhere all that the folder's own ignore files leave.
 */
export async function listSourceFiles(folder: string, gitDir: string, signal: AbortSignal): Promise<string[]> {
  const listed = (await ofCheckout({ cwd: folder, signal })) ?? (await ofFolder(folder, gitDir, signal));
  const paths = listed.split('\0').filter((path) => path !== '' && !path.startsWith('.fairway/'));
  const nested = paths.find((path) => path.endsWith('/'));
  if (nested !== undefined) throw repositoryInside(nested.replace(/\/$/, ''));
  return paths;
}

export const repositoryInside = (path: string): CommandError =>
  new CommandError({
    message: `${path} is a Git repository of its own, so its files would be missing`,
    exitCode: exitCodes.usage,
    hint: `add ${path}/ to ${ownIgnoreFile} when it is not needed, or copy its files without their .git`,
  });

async function ofCheckout(call: GitCall): Promise<string | undefined> {
  const inside = await tryGit(['rev-parse', '--is-inside-work-tree'], call);
  if (inside.code !== 0 || inside.stdout.trim() !== 'true') return undefined;
  // A folder that the checkout ignores as a whole is no part of it.
  if ((await tryGit(['check-ignore', '--quiet', '.'], call)).code === 0) return undefined;
  const listed = await tryGit([...listing(call.cwd), '--cached'], call);
  return listed.code === 0 ? listed.stdout : undefined;
}

async function ofFolder(folder: string, gitDir: string, signal: AbortSignal): Promise<string> {
  // With an index that is not there, every file is a new one and all ignore rules count.
  const env = { GIT_DIR: gitDir, GIT_WORK_TREE: folder, GIT_INDEX_FILE: join(gitDir, 'no-index') };
  const listed = await tryGit(['-c', 'core.bare=false', ...listing(folder)], { cwd: folder, env, signal });
  if (listed.code !== 0) throw new CommandError({ message: `the files of ${folder} cannot be listed: ${listed.stderr.trim()}` });
  return listed.stdout;
}

function listing(folder: string): string[] {
  const own = join(folder, ownIgnoreFile);
  return [
    ...['ls-files', '-z', '--others', '--exclude-standard'],
    ...neverSource.map((pattern) => `--exclude=${pattern}`),
    ...(existsSync(own) ? [`--exclude-from=${own}`] : []),
  ];
}
