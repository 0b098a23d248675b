import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { BuildFailure } from '../build-failure.ts';
import { isInside } from '../source-tree.ts';
import type { LayerEntry } from './tar-layer.ts';

export interface CollectRequest {
  /** The folder to pack. */
  folder: string;
  /** Where its content lies in the image, for example `app`. */
  prefix: string;
  /** True for what stays out, folders with all that is in them. */
  isExcluded: (path: string) => boolean;
}

const maxFiles = 300_000;
const maxBytes = 4 * 1024 * 1024 * 1024;
/** Never part of an image: history, caches and files in which tools note times and addresses of the machine. */
const neverPacked = new Set(['.git', '__pycache__', '.DS_Store', '.pytest_cache', '.mypy_cache', '.ruff_cache']);
const machineNotes =
  /(^|\/)node_modules\/(\.package-lock\.json|\.yarn-integrity|\.modules\.yaml|\.pnpm-workspace-state[^/]*\.json|\.cache|\.vite)$/;

/** Lists a folder as entries of a layer. Links stay links; one that leads out of the folder fails. */
export function collectFiles(request: CollectRequest): LayerEntry[] {
  const entries: LayerEntry[] = [];
  const root = realpathSync(request.folder);
  let bytes = 0;
  const visit = (path: string): void => {
    for (const name of readdirSync(join(root, path))) {
      const inner = path === '' ? name : `${path}/${name}`;
      if (neverPacked.has(name) || machineNotes.test(inner) || request.isExcluded(inner)) continue;
      const { entry, size } = entryOf(root, inner, request.prefix);
      // Sockets, pipes and devices have no content to pack.
      if (entry === undefined) continue;
      entries.push(entry);
      bytes += size;
      if (entries.length > maxFiles || bytes > maxBytes) {
        throw new BuildFailure(
          'pack',
          `The application has more than ${maxFiles} files or 4 GB: leave out what it does not need by a .fairwayignore`,
        );
      }
      if (entry.type === 'folder') visit(inner);
    }
  };
  visit('');
  return entries;
}

function entryOf(root: string, path: string, prefix: string): { entry: LayerEntry | undefined; size: number } {
  const file = join(root, path);
  const stat = lstatSync(file);
  const imagePath = `${prefix}/${path}`;
  if (stat.isDirectory()) return { entry: { path: imagePath, type: 'folder' }, size: 0 };
  if (stat.isSymbolicLink()) return { entry: { path: imagePath, type: 'link', target: linkTarget(root, path) }, size: 0 };
  if (!stat.isFile()) return { entry: undefined, size: 0 };
  const executable = (stat.mode & 0o100) !== 0;
  return { entry: { path: imagePath, type: 'file', executable, source: fileSource(file, path, stat.size) }, size: stat.size };
}

/** Scripts that pip makes name this machine's interpreter in their first line; the image must run, and hash, the same elsewhere. */
function fileSource(file: string, path: string, size: number): (LayerEntry & { type: 'file' })['source'] {
  if (!/^(\.python-packages\/)?bin\/[^/]+$/.test(path) || size > 64 * 1024) return { file, size };
  const content = readFileSync(file);
  const text = content.toString('latin1');
  const portable = text.replace(/^#!\/[^\n]*\bpython[\d.]*\n/, '#!/usr/bin/env python3\n');
  return portable === text ? { file, size } : { content: Buffer.from(portable, 'latin1') };
}

function linkTarget(root: string, path: string): string {
  const target = readlinkSync(join(root, path));
  const absolute = isAbsolute(target) ? target : join(root, dirname(path), target);
  let real = absolute;
  try {
    real = realpathSync(absolute);
  } catch {
    // A dangling link is judged by its text.
  }
  if (!isInside(root, absolute) || !isInside(root, real)) {
    const shown = JSON.stringify(`${path} -> ${target}`);
    throw new BuildFailure('pack', `The symbolic link ${shown} points outside of the application's folder: replace it by the file itself`, {
      line: shown,
    });
  }
  return isAbsolute(target) ? relative(join(root, dirname(path)), target) : target;
}
