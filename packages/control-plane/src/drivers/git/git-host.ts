import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unavailable } from '@fairway/resources/model';
import type { GitHost, RepositoryPath } from '#domains/repositories';
import { writeHooks } from './hooks.ts';
import { repositorySettings } from './repository-settings.ts';
import { runGit } from './run-git.ts';

export interface GitHostOptions {
  /** Folder of all bare repositories: ROOT/ORGANIZATION/PROJECT/NAME.git. */
  root: string;
  /** A push that sends more than this is refused by git itself. */
  maxPushBytes: number;
}

export interface GitFolders {
  repositoryFolder(path: RepositoryPath): string;
  hooksFolder: string;
}

export const gitFolders = (root: string): GitFolders => ({
  repositoryFolder: ({ organization, project, name }) => join(root, organization, project, `${name}.git`),
  hooksFolder: join(root, '.hooks'),
});

const maxHeads = 1_000;
// A branch's record is looked at right after its push; older entries are history.
const maxRecords = 50;

const present = (file: string): Promise<boolean> =>
  access(file, constants.F_OK).then(
    () => true,
    () => false,
  );

/** Lines `COMMIT BRANCH`. */
const headsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => [line.slice(41), line.slice(0, 40)]),
  );

/** Bare repositories in a folder, read and written by the real git. */
export function createGitHost(options: GitHostOptions): GitHost {
  const { repositoryFolder, hooksFolder } = gitFolders(options.root);
  const must = async (args: readonly string[], signal: AbortSignal, cwd?: string): Promise<string> => {
    const { code, stdout, stderr } = await runGit(args, { signal, ...(cwd === undefined ? {} : { cwd }) });
    if (code !== 0) throw unavailable(`git ${args[0]} ended with ${code}: ${stderr.trim().slice(0, 500)}`);
    return stdout.trim();
  };
  const ask = async (folder: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> => {
    const { code, stdout } = await runGit(['--git-dir', folder, ...args], { signal });
    return code === 0 ? stdout.trim() : undefined;
  };

  // Once a process: repositories of an older installation get today's hooks too.
  let hooks: Promise<void> | undefined;
  const create = async (folder: string, defaultBranch: string, signal: AbortSignal): Promise<void> => {
    await mkdir(dirname(folder), { recursive: true });
    // Made aside and renamed, so that a crash never leaves half a repository under the real name.
    const aside = await mkdtemp(join(options.root, '.new-'));
    try {
      await must(['init', '--quiet', '--bare', `--initial-branch=${defaultBranch}`, aside], signal);
      for (const [key, value] of repositorySettings({ hooksFolder, maxPushBytes: options.maxPushBytes }))
        await must(['--git-dir', aside, 'config', key, value], signal);
      await rename(aside, folder).catch(async (cause: NodeJS.ErrnoException) => {
        // Somebody else made it in the meantime.
        if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause;
      });
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  };

  return {
    ensure: async (path, defaultBranch, signal) => {
      const folder = repositoryFolder(path);
      hooks ??= writeHooks(hooksFolder);
      await hooks.catch((error: unknown) => {
        hooks = undefined;
        throw error;
      });
      if (!(await present(folder))) await create(folder, defaultBranch, signal);
    },
    heads: async (path, signal) => {
      const folder = repositoryFolder(path);
      if (!(await present(folder))) return undefined;
      // Of more branches than fit, those that moved last: what is built is among them.
      const format = '--format=%(objectname) %(refname:strip=2)';
      const text = await must(
        ['--git-dir', folder, 'for-each-ref', '--sort=-committerdate', `--count=${maxHeads}`, format, 'refs/heads'],
        signal,
      );
      return headsOf(text);
    },
    remove: (path) => rm(repositoryFolder(path), { recursive: true, force: true }),
    treeOf: (path, commit, folder, signal) =>
      ask(
        repositoryFolder(path),
        ['rev-parse', '--verify', '--quiet', '--end-of-options', folder === '.' ? `${commit}^{tree}` : `${commit}:${folder}`],
        signal,
      ),
    pushedBy: async (path, { branch, commit }, signal) => {
      // The server's own record of the branch: git writes it together with the ref, in the name of who pushed.
      const args = ['log', '--walk-reflogs', `--max-count=${maxRecords}`, '--format=%H %gn', '--end-of-options', `refs/heads/${branch}`];
      const records = (await ask(repositoryFolder(path), args, signal))?.split('\n') ?? [];
      const found = records.find((record) => record.startsWith(`${commit} `))?.slice(commit.length + 1);
      return found === undefined || found === '' ? undefined : found;
    },
    resolve: (path, revision, signal) =>
      ask(repositoryFolder(path), ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`], signal),
  };
}
