import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Snapshot, snapshotFolder } from './snapshot-folder.ts';

const signal = new AbortController().signal;

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-snapshot-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFiles(folder, files);
  return folder;
}
function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], { cwd: folder, encoding: 'utf8' }).trim();
function commitAll(folder: string): string {
  git(folder, 'init', '--quiet', '--initial-branch=main');
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'All');
  return git(folder, 'rev-parse', 'HEAD');
}
async function until(holds: () => boolean): Promise<void> {
  for (let look = 0; look < 500 && !holds(); look += 1) await delay(10);
  assert.ok(holds());
}
const pathsIn = ({ gitDir, commit }: Snapshot): string[] =>
  git(gitDir, 'ls-tree', '-r', '-z', '--name-only', commit)
    .split('\0')
    .filter((path) => path !== '');
/** A digest of every file of a folder, so that a test can see that nothing in it was touched. */
function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    if (entry.isFile()) hash.update(`${entry.parentPath}/${entry.name}\0`).update(readFileSync(join(entry.parentPath, entry.name)));
  return hash.digest('hex');
}

test('a folder without Git becomes a commit of its files', async (t) => {
  const folder = folderWith(t, { 'server.js': 'x', 'lib/größe 漢字.js': 'y' });

  const first = await snapshotFolder(folder, signal);
  const again = await snapshotFolder(folder, signal);
  writeFiles(folder, { 'server.js': 'z' });
  const changed = await snapshotFolder(folder, signal);

  assert.deepEqual(pathsIn(first), ['lib/größe 漢字.js', 'server.js']);
  assert.deepEqual(again, first, 'the same files are the same commit');
  assert.equal(git(changed.gitDir, 'rev-parse', `${changed.commit}^`), first.commit, 'pushes send differences only');
  assert.equal(existsSync(join(folder, '.git')), false);
});

test('a file that changes in the second of a snapshot is in the next one, whenever that is', async (t) => {
  const folder = folderWith(t, { 'server.js': 'a' });
  const first = await snapshotFolder(folder, signal);
  const second = (): number => Math.floor(Date.now() / 1000);
  const begun = second();
  await until(() => second() > begun);
  writeFiles(folder, { 'server.js': 'b' });
  await snapshotFolder(folder, signal);
  // As long as before, and as old as git can tell.
  writeFiles(folder, { 'server.js': 'c' });
  const written = second();
  await until(() => second() > written);

  const last = await snapshotFolder(folder, signal);

  assert.notEqual(last.tree, first.tree);
  assert.equal(git(last.gitDir, 'show', `${last.commit}:server.js`), 'c');
});

test('files that were removed, renamed or turned into folders leave the next snapshot', async (t) => {
  const folder = folderWith(t, { 'a.js': '1', 'b.js': '2', c: '3' });
  await snapshotFolder(folder, signal);
  rmSync(join(folder, 'a.js'));
  rmSync(join(folder, 'c'));
  writeFiles(folder, { 'c/d.js': '4' });

  assert.deepEqual(pathsIn(await snapshotFolder(folder, signal)), ['b.js', 'c/d.js']);
});

test('ignore rules keep files out: the folder’s, our own, and what package managers make', async (t) => {
  const folder = folderWith(t, {
    '.gitignore': '.env\n/dist/\n',
    '.fairwayignore': '*.md\n',
    '.env': 'SECRET=1',
    'dist/out.js': '',
    'README.md': '',
    'node_modules/a/index.js': '',
    'app/node_modules/b/index.js': '',
    '.venv/bin/python': '',
    'lib/__pycache__/x.pyc': '',
    'server.js': '',
  });

  assert.deepEqual(pathsIn(await snapshotFolder(folder, signal)), ['.fairwayignore', '.gitignore', 'server.js']);
});

test('a clean checkout is its own HEAD, and is not written to', async (t) => {
  const folder = folderWith(t, { 'server.js': 'x', '.gitignore': '.fairway/\n' });
  const head = commitAll(folder);
  const before = digestOf(folder);

  const snapshot = await snapshotFolder(folder, signal);

  assert.equal(snapshot.commit, head);
  assert.equal(snapshot.tree, git(folder, 'rev-parse', 'HEAD^{tree}'));
  assert.equal(digestOf(folder), before);
});

test('a changed checkout becomes a commit of ours; branch, index and repository of the user stay as they are', async (t) => {
  const folder = folderWith(t, { 'server.js': 'x', 'kept.log': 'tracked', 'gone.js': '' });
  commitAll(folder);
  writeFiles(folder, { 'server.js': 'changed', 'new.js': '', '.gitignore': '*.log\n', 'debug.log': '' });
  rmSync(join(folder, 'gone.js'));
  git(folder, 'add', 'new.js');
  const before = digestOf(join(folder, '.git'));

  const snapshot = await snapshotFolder(folder, signal);

  assert.deepEqual(pathsIn(snapshot), ['.gitignore', 'kept.log', 'new.js', 'server.js'], 'tracked files count, whatever is ignored');
  assert.equal(git(snapshot.gitDir, 'show', `${snapshot.commit}:server.js`), 'changed');
  assert.equal(digestOf(join(folder, '.git')), before);
  assert.equal(git(folder, 'status', '--porcelain').includes('.fairway'), false, 'our folder hides itself');
});

test('a folder inside a bigger checkout is taken alone, by the ignore rules of the whole', async (t) => {
  const root = folderWith(t, {
    '.gitignore': '.env\n/shop/cache/\n',
    'shop/server.js': '',
    'shop/.env': 'SECRET=1',
    'shop/cache/x': '',
    'other/a.js': '',
  });
  commitAll(root);
  const before = digestOf(join(root, '.git'));

  const snapshot = await snapshotFolder(join(root, 'shop'), signal);

  assert.deepEqual(pathsIn(snapshot), ['server.js']);
  assert.notEqual(snapshot.commit, git(root, 'rev-parse', 'HEAD'));
  assert.equal(digestOf(join(root, '.git')), before);
});

test('a folder that its checkout ignores as a whole is taken by its own rules', async (t) => {
  const root = folderWith(t, { '.gitignore': '/tmp/\n', 'tmp/app/server.js': '' });
  commitAll(root);

  assert.deepEqual(pathsIn(await snapshotFolder(join(root, 'tmp', 'app'), signal)), ['server.js']);
});

test('links are kept as links, wherever they lead', async (t) => {
  const folder = folderWith(t, { 'a.js': '' });
  symlinkSync('/etc/hostname', join(folder, 'outside'));
  symlinkSync('a.js', join(folder, 'inside'));

  const { gitDir, commit } = await snapshotFolder(folder, signal);

  const modes = git(gitDir, 'ls-tree', commit)
    .split('\n')
    .map((line) => `${line.split(' ')[0]} ${line.split('\t')[1]}`);
  assert.deepEqual(modes, ['100644 a.js', '120000 inside', '120000 outside']);
  assert.equal(git(gitDir, 'show', `${commit}:outside`), '/etc/hostname');
});

test('variables of a surrounding git call do not lead into the user’s repository', async (t) => {
  const user = folderWith(t, { 'a.js': '' });
  commitAll(user);
  const before = digestOf(user);
  const folder = folderWith(t, { 'b.js': '' });
  const given = { GIT_DIR: join(user, '.git'), GIT_WORK_TREE: user, GIT_INDEX_FILE: join(user, '.git', 'index') };
  Object.assign(process.env, given);
  t.after(() => {
    for (const name of Object.keys(given)) delete process.env[name];
  });

  const snapshot = await snapshotFolder(folder, signal);

  for (const name of Object.keys(given)) delete process.env[name];
  assert.deepEqual(pathsIn(snapshot), ['b.js']);
  assert.equal(digestOf(user), before);
});

test('what cannot be deployed is refused, and says why', async (t) => {
  const nested = folderWith(t, { 'server.js': '', 'vendor/lib/a.js': '' });
  commitAll(join(nested, 'vendor', 'lib'));
  const file = folderWith(t, { 'server.js': '' });

  await assert.rejects(snapshotFolder(nested, signal), { exitCode: 2, message: /vendor\/lib is a Git repository of its own/ });
  await assert.rejects(snapshotFolder(folderWith(t, {}), signal), { exitCode: 2, message: /nothing to deploy/ });
  await assert.rejects(snapshotFolder(join(file, 'absent'), signal), { exitCode: 5 });
  await assert.rejects(snapshotFolder(join(file, 'server.js'), signal), { exitCode: 5 });
});

test('a snapshot that was killed midway does not lock out the next one', async (t) => {
  const folder = folderWith(t, { 'server.js': '' });
  const { gitDir } = await snapshotFolder(folder, signal);
  writeFileSync(join(gitDir, 'index.lock'), '');
  writeFileSync(join(gitDir, 'index.1.lock'), '');
  writeFiles(folder, { 'b.js': '' });

  assert.deepEqual(pathsIn(await snapshotFolder(folder, signal)), ['b.js', 'server.js']);
});
