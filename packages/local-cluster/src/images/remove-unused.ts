import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseImageReference } from './image-reference.ts';
import { sealFolders } from './unpack-layer.ts';

export interface RemovalRule {
  inUse: ReadonlySet<string>;
  keep: number;
}

/** After this nobody rolls back to it, or its repository is gone; whoever does pulls it again. */
const forgottenAfterMs = 30 * 86_400_000;

/** What is known of an image beside its files; written last, touched at each use. */
export const imageFile = 'image.json';

/** Removes an unpacked image, whose folders are read-only. */
export async function discard(folder: string): Promise<void> {
  await sealFolders(folder, 'writable').catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
}

/** What the rule lets go: not in use, and in none of its repositories among the last ones, or forgotten. */
function unusedOf(
  dated: readonly { digest: string; at: number }[],
  references: Readonly<Record<string, string>>,
  { inUse, keep }: RemovalRule,
): Set<string> {
  const byRepository = new Map<string, Set<string>>();
  for (const [reference, digest] of Object.entries(references)) {
    const { host, repository } = parseImageReference(reference);
    const found = byRepository.get(`${host}/${repository}`) ?? new Set();
    byRepository.set(`${host}/${repository}`, found.add(digest));
  }
  const candidates = dated.filter(({ digest }) => !inUse.has(digest)).sort((a, b) => b.at - a.at);
  const unused = new Set(candidates.map(({ digest }) => digest));
  const remembered = candidates.filter(({ at }) => Date.now() - at < forgottenAfterMs);
  for (const digests of byRepository.values())
    for (const { digest } of remembered.filter((candidate) => digests.has(candidate.digest)).slice(0, keep)) unused.delete(digest);
  return unused;
}

/** Removes unpacked images by the rule; answers their digests. */
export async function removeUnused(root: string, references: Readonly<Record<string, string>>, rule: RemovalRule): Promise<string[]> {
  const names = (await readdir(root)).filter((name) => name.startsWith('sha256-'));
  const usedAt = async (name: string): Promise<number> => (await stat(join(root, name, imageFile)).catch(() => undefined))?.mtimeMs ?? 0;
  const dated = await Promise.all(names.map(async (name) => ({ name, digest: name.replace('-', ':'), at: await usedAt(name) })));
  const unused = unusedOf(dated, references, rule);
  const old = dated.filter(({ digest }) => unused.has(digest));
  for (const { name } of old) {
    // Renamed first: a pull that comes meanwhile finds it whole or not at all.
    const doomed = join(root, `.new-${randomUUID()}`);
    await rename(join(root, name), doomed);
    await discard(doomed);
  }
  return old.map(({ digest }) => digest);
}
