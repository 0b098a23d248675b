import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@fairway/resources/log';
import { invalid } from '@fairway/resources/model';
import { fetchImage } from './fetch-image.ts';
import { type ImageReference, parseImageReference } from './image-reference.ts';
import { type ImageConfig, parseManifest } from './image-shapes.ts';
import { createRegistryClient, type Descriptor, type RegistryClient, type RegistryCredentials } from './registry-client.ts';
import { sealFolders } from './unpack-layer.ts';

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
  /** Removes images that are not in use, but the `keep` that were used last. Answers the digests. */
  removeUnused(options: { inUse: ReadonlySet<string>; keep: number }): Promise<string[]>;
}

export interface ImageStoreOptions {
  root: string;
  /** Registry hosts that are reached at another address, `registry.fairway.localhost` → `http://127.0.0.1:7070`. */
  mirrors: Readonly<Record<string, string>>;
  log: Log;
}

const rootfs = 'rootfs';
const imageFile = 'image.json';
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

/** Content-addressed images below one folder: `sha256-<hex>/image.json` and `rootfs/`. */
export async function createImageStore({ root, mirrors, log }: ImageStoreOptions): Promise<ImageStore> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  // What a crash left half unpacked.
  for (const name of await readdir(root)) if (name.startsWith('.new-')) await discard(join(root, name));
  const under = new Map<string, Promise<Image>>();
  const referencesPath = join(root, 'references.json');
  const readReferences = async (): Promise<Record<string, string>> =>
    JSON.parse(await readFile(referencesPath, 'utf8').catch(() => '{}')) as Record<string, string>;
  const folderOf = (digest: string): string => join(root, digest.replace(':', '-'));

  const present = async (digest: string): Promise<Image | undefined> => {
    const path = join(folderOf(digest), imageFile);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    await utimes(path, new Date(), new Date());
    return { digest, folder: join(folderOf(digest), rootfs), config: JSON.parse(text) as ImageConfig };
  };
  const remember = async (reference: string, digest: string): Promise<void> => {
    const references = await readReferences();
    if (references[reference] === digest) return;
    await writeFile(`${referencesPath}.new`, JSON.stringify({ ...references, [reference]: digest }));
    await rename(`${referencesPath}.new`, referencesPath);
  };
  const fetchAs = async (
    client: RegistryClient,
    reference: string,
    { bytes, digest }: { bytes: Buffer; digest: string },
  ): Promise<Image> => {
    const folder = join(root, `.new-${randomUUID()}`);
    try {
      const config = await fetchImage({ client, reference, manifest: bytes, folder: join(folder, rootfs) });
      await writeFile(join(folder, imageFile), JSON.stringify(config));
      await rename(folder, folderOf(digest));
      log.info('pulled an image', { image: reference, digest });
      return { digest, folder: join(folderOf(digest), rootfs), config };
    } catch (error) {
      await discard(folder);
      throw error;
    }
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
    const done = (await present(found.digest)) ?? (await once(found.digest, () => fetchAs(client, pull.reference, found)));
    await remember(pull.reference, done.digest);
    return done;
  };
  const once = (key: string, run: () => Promise<Image>): Promise<Image> => {
    const running = under.get(key);
    if (running !== undefined) return running;
    const mine = run().finally(() => under.delete(key));
    under.set(key, mine);
    return mine;
  };

  return {
    async pull(pull) {
      const image = parseImageReference(pull.reference);
      const when = pull.when ?? 'if-absent';
      const mayUsePresent = image.digest !== undefined || when !== 'always';
      const known = mayUsePresent ? ((await readReferences())[pull.reference] ?? image.digest) : undefined;
      const found = known === undefined ? undefined : await present(known);
      if (found !== undefined) return found;
      if (when === 'never') throw invalid(`image ${pull.reference} is not on this node, and imagePullPolicy Never forbids to pull it`);
      return once(pull.reference, () => pullFrom(image, pull));
    },
    removeUnused: (options) => removeUnused(root, options),
  };
}

async function discard(folder: string): Promise<void> {
  await sealFolders(folder, 'writable').catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
}

async function removeUnused(root: string, { inUse, keep }: { inUse: ReadonlySet<string>; keep: number }): Promise<string[]> {
  const names = (await readdir(root)).filter((name) => name.startsWith('sha256-'));
  const usedAt = async (name: string): Promise<number> => (await stat(join(root, name, imageFile)).catch(() => undefined))?.mtimeMs ?? 0;
  const dated = await Promise.all(names.map(async (name) => ({ name, digest: name.replace('-', ':'), at: await usedAt(name) })));
  const old = dated
    .filter(({ digest }) => !inUse.has(digest))
    .sort((a, b) => b.at - a.at)
    .slice(keep);
  for (const { name } of old) {
    // Renamed first: a pull that comes meanwhile finds it whole or not at all.
    const doomed = join(root, `.new-${randomUUID()}`);
    await rename(join(root, name), doomed);
    await discard(doomed);
  }
  return old.map(({ digest }) => digest);
}
