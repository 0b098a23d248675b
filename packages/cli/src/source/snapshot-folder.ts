import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { runGit, tryGit } from './run-git.ts';

export interface Snapshot {
  commit: string;
  tree: string;
  /** Folder that git pushes from. */
  gitDir: string;
}

// Never source, whatever the ignore files say: what package managers and tools make again.
const alwaysIgnored = ['/.fairway/', '.git/', 'node_modules/', '.venv/', '__pycache__/', '.DS_Store'];
const identity = {
  GIT_AUTHOR_NAME: 'fairway deploy',
  GIT_AUTHOR_EMAIL: 'deploy@fairway.invalid',
  GIT_COMMITTER_NAME: 'fairway deploy',
  GIT_COMMITTER_EMAIL: 'deploy@fairway.invalid',
};

/**
 * The folder as it is now, as a commit of a repository of our own in `.fairway/git`: the user's branch, index and repository stay untouched,
 * and no Git folder is needed. A clean checkout answers its own HEAD. The last snapshot is the parent, so that pushes send differences only.
 */
export async function snapshotFolder(folder: string, signal: AbortSignal): Promise<Snapshot> {
  if (!existsSync(folder)) throw new CommandError({ message: `there is no folder ${folder}`, exitCode: exitCodes.notFound });
  const own = await cleanHead(folder, signal);
  if (own !== undefined) return own;
  const gitDir = join(folder, '.fairway', 'git');
  const env = { GIT_DIR: gitDir, GIT_WORK_TREE: folder, ...identity };
  const call = { cwd: folder, env, signal };
  if (!existsSync(join(gitDir, 'HEAD'))) {
    await mkdir(gitDir, { recursive: true });
    await runGit(['init', '--quiet', '--bare', gitDir], { cwd: folder, signal });
    await writeFile(join(folder, '.fairway', '.gitignore'), '*\n');
  }
  await mkdir(join(gitDir, 'info'), { recursive: true });
  const extra = existsSync(join(folder, '.fairwayignore')) ? ['-c', `core.excludesFile=${join(folder, '.fairwayignore')}`] : [];
  await writeFile(join(gitDir, 'info', 'exclude'), `${alwaysIgnored.join('\n')}\n`);
  await runGit([...extra, '-c', 'core.bare=false', '-c', 'core.autocrlf=false', 'add', '--all', '.'], call);
  const tree = await runGit(['write-tree'], call);
  const last = await tryGit(['rev-parse', '--verify', '--quiet', 'refs/snapshot^{commit}'], call);
  const parent = last.code === 0 ? last.stdout.trim() : undefined;
  if (parent !== undefined && (await runGit(['rev-parse', `${parent}^{tree}`], call)) === tree) return { commit: parent, tree, gitDir };
  const commit = await runGit(['commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent]), '-m', 'Working tree'], call);
  await runGit(['update-ref', 'refs/snapshot', commit], call);
  return { commit, tree, gitDir };
}

/** HEAD of a checkout whose root is this folder and in which nothing is changed. */
async function cleanHead(folder: string, signal: AbortSignal): Promise<Snapshot | undefined> {
  if (!existsSync(join(folder, '.git'))) return undefined;
  const call = { cwd: folder, signal };
  const status = await tryGit(['status', '--porcelain', '--untracked-files=normal', '--', '.', ':!.fairway'], call);
  const head = await tryGit(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], call);
  if (status.code !== 0 || status.stdout.trim() !== '' || head.code !== 0) return undefined;
  return {
    commit: head.stdout.trim(),
    tree: await runGit(['rev-parse', 'HEAD^{tree}'], call),
    gitDir: await runGit(['rev-parse', '--absolute-git-dir'], call),
  };
}

/** Sends the snapshot to a ref of its own; branches on the server are not touched. The token goes by the environment, never by the command line. */
export async function pushSnapshot(
  snapshot: Snapshot,
  to: { url: string; token: string; ref: string; signal: AbortSignal; onLine: (line: string) => void },
): Promise<void> {
  const authorization = `Authorization: Basic ${Buffer.from(`token:${to.token}`).toString('base64')}`;
  const env = { GIT_DIR: snapshot.gitDir, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: authorization };
  await runGit(['push', '--quiet', '--force', '--no-verify', to.url, `${snapshot.commit}:${to.ref}`], {
    cwd: snapshot.gitDir,
    env,
    signal: to.signal,
    onLine: to.onLine,
  });
}
