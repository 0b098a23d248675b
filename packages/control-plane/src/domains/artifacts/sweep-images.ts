import { type ManifestContent, readManifest } from './manifest.ts';
import type { BlobStore, ImageUse, RecordStore } from './ports.ts';
import {
  allRepositories,
  blobFolder,
  blobRecord,
  manifestFolder,
  manifestRecord,
  repositoryFolder,
  tagFolder,
  tagRecord,
} from './records.ts';

export interface Swept {
  manifests: number;
  blobs: number;
  bytes: number;
}

export interface Sweep {
  /** What was touched since then (epoch ms) stays. */
  since: number;
  use: ImageUse;
  signal: AbortSignal;
}

interface Stores {
  blobs: BlobStore;
  records: RecordStore;
}

const digits = [...'0123456789abcdef'];
const shards = digits.flatMap((first) => digits.map((second) => first + second));

/** The tag of a build is its commit; it holds no image. Any other tag is somebody's name for one, and does. */
const isOfBuild = (tag: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(tag);

/**
 * Removes what nothing needs, from the outside inwards: manifests with their tags, then a repository's hold on blobs, then blobs that no repository
 * holds. Each removal leaves everything that is named whole, so that it may end after any of them; the next sweep goes on.
 */
export async function sweepImages(stores: Stores, sweep: Sweep): Promise<Swept> {
  const swept: Swept = { manifests: 0, blobs: 0, bytes: 0 };
  const held = new Set<string>();
  for (const repository of await repositories(stores.records)) {
    if (!sweep.use.isBusy(repository)) swept.manifests += await sweepRepository(stores, repository, sweep);
    for (const hex of await stores.records.list(blobFolder(repository))) held.add(`sha256:${hex}`);
  }
  for (const shard of shards) {
    for (const digest of await stores.blobs.list(shard)) {
      if (held.has(digest)) continue;
      sweep.signal.throwIfAborted();
      const bytes = await stores.blobs.removeUntouched(digest, sweep.since);
      if (bytes === undefined) continue;
      swept.blobs += 1;
      swept.bytes += bytes;
    }
  }
  return swept;
}

async function repositories(records: RecordStore): Promise<string[]> {
  const found: string[] = [];
  for (const organization of await records.folders(allRepositories)) {
    for (const project of await records.folders([...allRepositories, organization])) {
      const names = await records.folders([...allRepositories, organization, project]);
      found.push(...names.map((name) => `${organization}/${project}/${name}`));
    }
  }
  return found;
}

interface KnownManifest {
  digest: string;
  /** Undefined for one that cannot be read. */
  content: ManifestContent | undefined;
}

async function sweepRepository(stores: Stores, repository: string, sweep: Sweep): Promise<number> {
  const { records } = stores;
  const manifests = await readManifests(records, repository);
  const tags = await readTags(records, repository);
  const needed = neededManifests(manifests, { tags, use: sweep.use });
  // An index first: what it lists is never missing while it is there.
  const unneeded = manifests.filter(({ digest }) => !needed.has(digest)).sort((a, b) => partsOf(b) - partsOf(a));
  const removed = new Set<string>();
  for (const { digest } of unneeded) if (await removeManifest(records, { repository, digest, tags }, sweep)) removed.add(digest);
  const left = manifests.filter(({ digest }) => !removed.has(digest));
  // Of a manifest that cannot be read nobody knows what it needs.
  if (left.every(({ content }) => content !== undefined)) {
    await letGoOfBlobs(records, { repository, needed: new Set(left.flatMap(({ content }) => content?.blobs ?? [])) }, sweep);
  }
  const folder = repositoryFolder(repository);
  const inside = [blobFolder(repository), manifestFolder(repository), tagFolder(repository)];
  for (const empty of [...inside, folder, folder.slice(0, -1), folder.slice(0, -2)]) await records.removeEmpty(empty);
  return removed.size;
}

const partsOf = ({ content }: KnownManifest): number => content?.manifests.length ?? 0;

async function readManifests(records: RecordStore, repository: string): Promise<KnownManifest[]> {
  const found: KnownManifest[] = [];
  for (const hex of await records.list(manifestFolder(repository))) {
    const digest = `sha256:${hex}`;
    const bytes = await records.read(manifestRecord(repository, digest));
    if (bytes !== undefined) found.push({ digest, content: contentOf(bytes) });
  }
  return found;
}

function contentOf(bytes: Buffer): ManifestContent | undefined {
  try {
    return readManifest(bytes);
  } catch {
    return undefined;
  }
}

async function readTags(records: RecordStore, repository: string): Promise<{ tag: string; digest: string }[]> {
  const found: { tag: string; digest: string }[] = [];
  for (const tag of await records.list(tagFolder(repository))) {
    const digest = (await records.read(tagRecord(repository, tag)))?.toString('utf8');
    if (digest !== undefined) found.push({ tag, digest });
  }
  return found;
}

/** What is named or tagged, and what lies in an index that is. */
function neededManifests(
  manifests: readonly KnownManifest[],
  { tags, use }: { tags: readonly { tag: string; digest: string }[]; use: ImageUse },
): Set<string> {
  const byDigest = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
  const tagged = new Set(tags.filter(({ tag }) => !isOfBuild(tag)).map(({ digest }) => digest));
  const needed = new Set<string>();
  const waiting = [...byDigest.keys()].filter((digest) => tagged.has(digest) || use.isNamed(digest));
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    if (needed.has(digest)) continue;
    needed.add(digest);
    waiting.push(...(byDigest.get(digest)?.content?.manifests ?? []));
  }
  return needed;
}

/** Tags first: a tag never points to a manifest that is gone. One that was moved meanwhile was touched, as was the manifest that it is moved to. */
async function removeManifest(
  records: RecordStore,
  { repository, digest, tags }: { repository: string; digest: string; tags: readonly { tag: string; digest: string }[] },
  { since, use, signal }: Sweep,
): Promise<boolean> {
  if (use.isNamed(digest)) return false;
  for (const { tag } of tags.filter((each) => each.digest === digest)) {
    signal.throwIfAborted();
    if (!(await records.removeUntouched(tagRecord(repository, tag), since))) return false;
  }
  signal.throwIfAborted();
  if (use.isNamed(digest) || use.isBusy(repository)) return false;
  return records.removeUntouched(manifestRecord(repository, digest), since);
}

async function letGoOfBlobs(
  records: RecordStore,
  { repository, needed }: { repository: string; needed: ReadonlySet<string> },
  { since, signal }: Sweep,
): Promise<void> {
  for (const hex of await records.list(blobFolder(repository))) {
    const digest = `sha256:${hex}`;
    if (needed.has(digest)) continue;
    signal.throwIfAborted();
    await records.removeUntouched(blobRecord(repository, digest), since);
  }
}
