import { existsSync, statSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { ensureOwnFolder } from '../own-folder.ts';
import { listSourceFiles, repositoryInside } from './list-source-files.ts';
import { type GitCall, runGit, tryGit } from './run-git.ts';

export interface Snapshot {
  commit: string;
  tree: string;
  /** Repository that holds the commit. */
  gitDir: string;
}

const identity = {
  GIT_AUTHOR_NAME: 'fairway deploy',
  GIT_AUTHOR_EMAIL: 'deploy@fairway.invalid',
  GIT_COMMITTER_NAME: 'fairway deploy',
  GIT_COMMITTER_EMAIL: 'deploy@fairway.invalid',
};
// Files as they are, and nothing of the user's own set-up that would run or wait.
const settings = [
  'core.bare=false',
  'core.autocrlf=false',
  'core.safecrlf=false',
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
].flatMap((setting) => ['-c', setting]);

/**
 * The folder as it is now, as a commit of a repository of our own in `.fairway/git`: the user's branch, index and repository stay untouched,
 * and no Git folder is needed. A clean checkout answers its own HEAD. The last snapshot is the parent, so that pushes send differences only.
 */
export async function snapshotFolder(folder: string, signal: AbortSignal): Promise<Snapshot> {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new CommandError({
      message: `there is no folder ${folder}`,
      exitCode: exitCodes.notFound,
      hint: 'give a folder that exists, or none for this one',
    });
  return (await cleanHead(folder, signal)) ?? ownCommit(folder, signal);
}

async function ownCommit(folder: string, signal: AbortSignal): Promise<Snapshot> {
  const gitDir = join(await ensureOwnFolder(folder), 'git');
  if (!existsSync(join(gitDir, 'HEAD')) || !existsSync(join(gitDir, 'objects')))
    await runGit(['init', '--quiet', '--bare', '--template=', gitDir], { cwd: folder, signal });
  const paths = await listSourceFiles(folder, gitDir, signal);
  if (paths.length === 0)
    throw new CommandError({
      message: `there is nothing to deploy in ${folder}`,
      exitCode: exitCodes.usage,
      hint: 'it is empty, or its ignore files leave nothing',
    });
  const call: GitCall = { cwd: folder, env: { GIT_DIR: gitDir, GIT_WORK_TREE: folder, ...identity }, signal };
  const tree = await treeOf(paths, gitDir, call);
  const last = await tryGit(['rev-parse', '--verify', '--quiet', 'refs/snapshot^{commit}'], call);
  const parent = last.code === 0 ? last.stdout.trim() : undefined;
  if (parent !== undefined && (await runGit(['rev-parse', `${parent}^{tree}`], call)) === tree) return { commit: parent, tree, gitDir };
  const commit = await runGit(['commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent]), '-m', 'Working tree'], call);
  await runGit([...settings, 'update-ref', 'refs/snapshot', commit], call);
  return { commit, tree, gitDir };
}

/**
 * The tree of just these files. The last index is kept because it knows which files have not changed; work is done on a copy, so that two
 * deployments at once, or one that was killed, do not lock each other out.
 */
async function treeOf(paths: readonly string[], gitDir: string, call: GitCall): Promise<string> {
  const kept = join(gitDir, 'index');
  const index = join(gitDir, `index.${process.pid}`);
  // The time is kept too: git looks again at files that changed in the second in which the index was written, which it knows by that time.
  if (existsSync(kept)) await cp(kept, index, { preserveTimestamps: true });
  const own: GitCall = { ...call, env: { ...call.env, GIT_INDEX_FILE: index } };
  try {
    const wanted = new Set(paths);
    const before = (await tryGit(['ls-files', '-z'], own)).stdout.split('\0').filter((path) => path !== '' && !wanted.has(path));
    if (before.length > 0)
      await runGit([...settings, 'update-index', '-z', '--force-remove', '--stdin'], { ...own, input: before.join('\0') });
    await runGit([...settings, 'update-index', '-z', '--add', '--remove', '--replace', '--stdin'], { ...own, input: paths.join('\0') });
    const entries = (await tryGit(['ls-files', '-z', '--stage'], own)).stdout.split('\0');
    const submodule = entries.find((entry) => entry.startsWith('160000 '));
    if (submodule !== undefined) throw repositoryInside(submodule.slice(submodule.indexOf('\t') + 1));
    const tree = await runGit(['write-tree'], own);
    await rename(index, kept);
    return tree;
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/** HEAD of a checkout whose root is this folder and in which nothing is changed. A shallow clone cannot be pushed from. */
async function cleanHead(folder: string, signal: AbortSignal): Promise<Snapshot | undefined> {
  if (!existsSync(join(folder, '.git'))) return undefined;
  const call = { cwd: folder, signal };
  const status = await tryGit(['status', '--porcelain', '--untracked-files=normal', '--', '.', ':!.fairway'], call);
  const head = await tryGit(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], call);
  if (status.code !== 0 || status.stdout.trim() !== '' || head.code !== 0) return undefined;
  if ((await runGit(['rev-parse', '--is-shallow-repository'], call)) !== 'false') return undefined;
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
  const call = { cwd: snapshot.gitDir, env, signal: to.signal, onLine: to.onLine };
  await runGit(['push', '--quiet', '--force', '--no-verify', to.url, `${snapshot.commit}:${to.ref}`], call);
}
