import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { isAbsolute, join, posix, relative, sep } from 'node:path';
import { BuildFailure } from './build-failure.ts';

/** The application's folder as detection sees it: names and small files. Paths are relative, with `/`. */
export interface SourceTree {
  has(path: string): boolean;
  /** Names in a folder, sorted; empty for an absent one. */
  list(folder?: string): readonly string[];
  /** The text of a file; undefined when it is absent, no regular file, or larger than 1 MB. */
  read(path: string): string | undefined;
}

// Detection reads manifests; a megabyte is far more than any of them needs.
const maxReadBytes = 1024 * 1024;

/** A source tree over a folder of the disk. Links have been checked by `refuseOutsideLinks` before. */
export function openSourceTree(root: string): SourceTree {
  const entry = (path: string) => lstatSync(join(root, path), { throwIfNoEntry: false });
  return {
    has: (path) => entry(path) !== undefined,
    list: (folder = '') =>
      entry(folder)?.isDirectory() === true
        ? readdirSync(join(root, folder))
            .filter((name) => name !== '.git')
            .sort()
        : [],
    read: (path) => {
      const stat = entry(path);
      return stat?.isFile() === true && stat.size <= maxReadBytes ? readFileSync(join(root, path), 'utf8') : undefined;
    },
  };
}

/** A source tree over a map of texts. */
export function sourceTreeOf(files: Readonly<Record<string, string>>): SourceTree {
  const paths = Object.keys(files);
  const inFolder = (folder: string) => (folder === '' ? '' : `${folder}/`);
  return {
    has: (path) => paths.some((candidate) => candidate === path || candidate.startsWith(`${path}/`)),
    list: (folder = '') => {
      const prefix = inFolder(folder);
      const names = paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split('/')[0] ?? '');
      return [...new Set(names)].sort();
    },
    read: (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
  };
}

/** True when `path` (absolute, resolved) is `root` or lies below it. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** Fails when a link among `paths` leads out of `root`: it would bring files of the build machine into the image. */
export function refuseOutsideLinks(root: string, paths: Iterable<string>): void {
  const realRoot = realpathSync(root);
  for (const path of paths) {
    const absolute = join(root, path);
    if (lstatSync(absolute, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue;
    const target = readlinkSync(absolute);
    if (staysInside({ root, realRoot, path, target })) continue;
    const shown = JSON.stringify(`${path} -> ${target}`);
    throw new BuildFailure('clone', `The symbolic link ${shown} points outside of the repository: replace it by the file itself`, {
      line: shown,
    });
  }
}

function staysInside({ root, realRoot, path, target }: { root: string; realRoot: string; path: string; target: string }): boolean {
  if (isAbsolute(target)) return false;
  const lexical = posix.normalize(posix.join(posix.dirname(path), target));
  if (lexical === '..' || lexical.startsWith('../')) return false;
  try {
    return isInside(realRoot, realpathSync(join(root, path)));
  } catch {
    // A dangling link: its text alone must be safe. `a/../b` may mean another place once `a` is a link itself.
    return !/(^|\/)[^/]*[^/.][^/]*\/(.*\/)?\.\.(\/|$)/.test(target);
  }
}
