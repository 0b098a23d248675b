import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@fairway/resources/log';
import { invalid, type Problem, unavailable } from '@fairway/resources/model';
import { fetchImage } from './fetch-image.ts';
import { type ImageReference, parseImageReference } from './image-reference.ts';
import { type ImageConfig, parseManifest } from './image-shapes.ts';
import { createReferenceTable } from './reference-table.ts';
import { createRegistryClient, type Descriptor, type RegistryClient, type RegistryCredentials } from './registry-client.ts';
import { discard, imageFile, type RemovalRule, removeUnused } from './remove-unused.ts';

/** An unpacked image. */
export interface Image {
  /** Digest of the manifest that was unpacked. */
  digest: string;
  /** The unpacked layers; `/app` of the image is `app` in it. Read-only. */
  folder: string;
  config: ImageConfig;
}

interface Pull {
  reference: string;
  credentials?: RegistryCredentials;
  signal: AbortSignal;
  /** `always` asks the registry what a tag means now; `never` takes only what is there. Default `if-absent`. */
  when?: 'always' | 'if-absent' | 'never';
}

export interface ImageStore {
  /** The image, pulled if it is not there. Repeats and concurrent calls are cheap. */
  pull(pull: Pull): Promise<Image>;
  /**
   * Removes images that are not in use, but of each repository the `keep` that were used last, within a month: a rollback finds them here.
   * Answers the digests.
   */
  removeUnused(options: RemovalRule): Promise<string[]>;
}

export interface ImageStoreOptions {
  root: string;
  /** Registry hosts that are reached at another address, `registry.fairway.localhost` → `http://127.0.0.1:7070`. */
  mirrors: Readonly<Record<string, string>>;
  log: Log;
}

const rootfs = 'rootfs';
const folderOf = (root: string, digest: string): string => join(root, digest.replace(':', '-'));
const dockerHub = 'https://registry-1.docker.io';

const originOf = (host: string, mirrors: Readonly<Record<string, string>>): string => {
  const mirror = mirrors[host];
  if (mirror !== undefined) return mirror;
  if (host === 'docker.io') return dockerHub;
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
  return `${isLocal ? 'http' : 'https'}://${host}`;
};

const choose = (manifests: readonly Descriptor[]): Descriptor => {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const found = manifests.find(({ platform }) => platform?.architecture === architecture && platform.os === 'linux') ?? manifests[0];
  if (found === undefined) throw invalid('the image is an index without manifests');
  return found;
};

/** Undefined for a file that a power cut emptied: of such an image other files may be empty too. */
const parseImageFile = (text: string): ImageConfig | undefined => {
  try {
    return JSON.parse(text) as ImageConfig;
  } catch {
    return undefined;
  }
};

/** Content-addressed images below one folder: `sha256-<hex>/image.json` and `rootfs/`. */
export async function createImageStore({ root, mirrors, log }: ImageStoreOptions): Promise<ImageStore> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  // What a crash left half unpacked.
  for (const name of await readdir(root)) if (name.startsWith('.new-')) await discard(join(root, name));
  const under = new Map<string, Promise<Image>>();
  const references = createReferenceTable(root);

  const present = async (digest: string): Promise<Image | undefined> => {
    const path = join(folderOf(root, digest), imageFile);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const config = parseImageFile(text);
    if (config === undefined) {
      log.warn('an unpacked image is damaged and is pulled again', { digest });
      await discard(folderOf(root, digest));
      return undefined;
    }
    await utimes(path, new Date(), new Date());
    return { digest, folder: join(folderOf(root, digest), rootfs), config };
  };
  const pullFrom = async (image: ImageReference, pull: Pull): Promise<Image> => {
    const { credentials, signal } = pull;
    const client = createRegistryClient({
      image,
      origin: originOf(image.host, mirrors),
      signal,
      ...(credentials === undefined ? {} : { credentials }),
    });
    let found = await client.manifest(image.digest ?? image.tag ?? 'latest');
    const manifest = parseManifest(found.bytes);
    if ('manifests' in manifest) found = await client.manifest(choose(manifest.manifests).digest);
    const done =
      (await present(found.digest)) ??
      (await fetchOnce(found.digest, () => fetchInto({ root, log }, { client, reference: pull.reference, ...found })));
    await references.remember(pull.reference, done.digest);
    return done;
  };
  /** Joins a download under way. One that fails may have failed for its own caller alone, so that this one tries itself. */
  const fetchOnce = async (digest: string, fetch: () => Promise<Image>): Promise<Image> => {
    for (let running = under.get(digest); running !== undefined; running = under.get(digest)) {
      const joined = await running.catch(() => undefined);
      if (joined !== undefined) return joined;
    }
    const mine = fetch().finally(() => under.delete(digest));
    under.set(digest, mine);
    return mine;
  };

  return {
    async pull(pull) {
      const image = parseImageReference(pull.reference);
      const when = pull.when ?? 'if-absent';
      const mayUsePresent = image.digest !== undefined || when !== 'always';
      const known = mayUsePresent ? ((await references.all())[pull.reference] ?? image.digest) : undefined;
      const found = known === undefined ? undefined : await present(known);
      if (found !== undefined) return found;
      if (when === 'never') throw invalid(`image ${pull.reference} is not on this node, and imagePullPolicy Never forbids to pull it`);
      // Each caller asks for the manifest with its own credentials; what follows from that is shared.
      return pullFrom(image, pull);
    },
    async removeUnused(rule) {
      const removed = await removeUnused(root, await references.all(), rule);
      await references.forget(removed);
      return removed;
    },
  };
}

/** Downloads and unpacks beside, then renames: an image is whole or absent. */
async function fetchInto(
  { root, log }: Pick<ImageStoreOptions, 'root' | 'log'>,
  { client, reference, bytes, digest }: { client: RegistryClient; reference: string; bytes: Buffer; digest: string },
): Promise<Image> {
  const folder = join(root, `.new-${randomUUID()}`);
  try {
    const config = await fetchImage({ client, reference, manifest: bytes, folder: join(folder, rootfs) });
    await writeFile(join(folder, imageFile), JSON.stringify(config));
    await rename(folder, folderOf(root, digest));
    log.info('pulled an image', { image: reference, digest });
    return { digest, folder: join(folderOf(root, digest), rootfs), config };
  } catch (error) {
    await discard(folder);
    throw isDiskFull(error) ? diskFull(root, error) : error;
  }
}

/** Also where a layer's failure was wrapped. */
const isDiskFull = (error: unknown): boolean =>
  error instanceof Error && ((error as NodeJS.ErrnoException).code === 'ENOSPC' || isDiskFull(error.cause));

const diskFull = (root: string, cause: unknown): Problem =>
  unavailable(
    `the disk is full: there is no room for the image in ${root}. Free some space or delete components that are not needed; it is tried again by itself`,
    cause,
  );
