import { mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Volume } from '@fairway/contracts/builtin';
import { invalid } from '@fairway/resources/model';
import type { PathMapping } from './path-map.ts';
import type { ContainerSpec, PodObject } from './pod-object.ts';
import type { Configuration } from './resolve-env.ts';

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A path of a manifest below a folder; one that could leave it is refused. */
const below = (folder: string, path: string): string => {
  if (path.startsWith('/') || path.includes('\0') || path.split('/').includes('..'))
    throw invalid(`path "${path}" of a volume leaves its folder`);
  return join(folder, path);
};

interface FileSource {
  what: string;
  data: Readonly<Record<string, string>> | undefined;
  items?: readonly { key: string; path: string; mode?: number }[] | undefined;
  optional?: boolean | undefined;
  mode: number;
  /** Of the modes that a manifest asks for, the bits that a file may have. */
  most: number;
}

async function writeFiles(folder: string, source: FileSource): Promise<void> {
  const { data, optional } = source;
  if (data === undefined && optional !== true) throw invalid(`${source.what} does not exist: create it, or mark the volume as optional`);
  const items: readonly { key: string; path: string; mode?: number }[] =
    source.items ?? Object.keys(data ?? {}).map((key) => ({ key, path: key }));
  // Written beside and renamed, so that an application never sees half of the files.
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o755 });
  for (const { key, path, mode } of items) {
    const content = data?.[key];
    if (content === undefined) {
      if (optional === true) continue;
      throw invalid(`${source.what} has no key "${key}"`);
    }
    const file = below(fresh, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content, { mode: (mode ?? source.mode) & source.most });
  }
  await rm(folder, { recursive: true, force: true });
  await rename(fresh, folder);
}

async function materialise(volume: Volume, folder: string, configuration: Configuration): Promise<string> {
  if (volume.configMap !== undefined) {
    const { name, items, optional, defaultMode = 0o644 } = volume.configMap;
    await writeFiles(folder, {
      what: `ConfigMap "${name}"`,
      data: await configuration.configMap(name),
      items: items as FileSource['items'],
      optional,
      mode: defaultMode,
      most: 0o777,
    });
    return folder;
  }
  if (volume.secret !== undefined) {
    const { secretName = '', items, optional, defaultMode = 0o644 } = volume.secret;
    // Never readable for other users of the machine, whatever the manifest says: there is no container around it.
    await writeFiles(folder, {
      what: `Secret "${secretName}"`,
      data: await configuration.secret(secretName),
      items: items as FileSource['items'],
      optional,
      mode: defaultMode,
      most: 0o700,
    });
    return folder;
  }
  if (volume.persistentVolumeClaim !== undefined) {
    const claimed = await configuration.claimFolder(volume.persistentVolumeClaim.claimName);
    await mkdir(claimed, { recursive: true, mode: 0o700 });
    return claimed;
  }
  if (volume.hostPath !== undefined) {
    if (volume.hostPath.type === 'DirectoryOrCreate') await mkdir(volume.hostPath.path, { recursive: true });
    if (!(await exists(volume.hostPath.path)))
      throw invalid(`hostPath "${volume.hostPath.path}" of volume "${volume.name}" does not exist on this machine`);
    return volume.hostPath.path;
  }
  if (volume.emptyDir === undefined) {
    throw invalid(
      `volume "${volume.name}" is of a sort that the local cluster does not have: use configMap, secret, emptyDir, persistentVolumeClaim or hostPath`,
    );
  }
  await mkdir(folder, { recursive: true, mode: 0o755 });
  return folder;
}

/** Folders of a pod's volumes by their names. Called before every start of a container, so that new values of ConfigMaps and Secrets arrive. */
export async function materialiseVolumes(pod: PodObject, podFolder: string, configuration: Configuration): Promise<Map<string, string>> {
  const folders = new Map<string, string>();
  const root = join(podFolder, 'volumes');
  await mkdir(root, { recursive: true, mode: 0o700 });
  for (const volume of pod.spec?.volumes ?? [])
    folders.set(volume.name, await materialise(volume, below(root, volume.name), configuration));
  return folders;
}

/** A folder of links to everything in `from`, but for what `paths` put elsewhere; a folder on the way to such a path is built the same way. */
async function linkView(view: string, from: string, paths: readonly { path: readonly string[]; target: string }[]): Promise<void> {
  await mkdir(view, { recursive: true, mode: 0o755 });
  const heads = new Set(paths.map(({ path }) => path[0] ?? ''));
  for (const name of (await exists(from)) ? await readdir(from) : [])
    if (!heads.has(name)) await symlink(join(from, name), join(view, name));
  for (const head of heads) {
    const own = paths.filter(({ path }) => path[0] === head);
    const whole = own.find(({ path }) => path.length === 1);
    if (whole !== undefined) await symlink(whole.target, join(view, head));
    else
      await linkView(
        join(view, head),
        join(from, head),
        own.map(({ path, target }) => ({ path: path.slice(1), target })),
      );
  }
}

export interface MountPlan {
  container: ContainerSpec;
  volumes: ReadonlyMap<string, string>;
  /** The unpacked `/app`. */
  appFolder: string;
  podFolder: string;
}

/**
 * How a container sees its volumes without a mount namespace: `FAIRWAY_VOLUME_<NAME>` names each folder, and mount paths in commands and variables
 * are rewritten. For mounts below /app the working folder becomes a view of links to the image with the volumes in their places. Limit: a program
 * that resolves links first (Node does, for its main file) finds the image's folder, where the mount is not.
 */
export async function planMounts({
  container,
  volumes,
  appFolder,
  podFolder,
}: MountPlan): Promise<{ env: Record<string, string>; mappings: PathMapping[] }> {
  const env: Record<string, string> = {};
  const mappings: PathMapping[] = [];
  const inApp: { path: readonly string[]; target: string }[] = [];
  for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
    const folder = volumes.get(name);
    if (folder === undefined) throw invalid(`container "${container.name}" mounts volume "${name}", which the pod does not have`);
    const target = subPath === undefined ? folder : below(folder, subPath);
    const from = posix.normalize(mountPath).replace(/(.)\/$/, '$1');
    env[`FAIRWAY_VOLUME_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`] = target;
    mappings.push({ from, to: target });
    if (from.startsWith('/app/')) inApp.push({ path: from.slice('/app/'.length).split('/'), target });
  }
  if (inApp.length === 0) return { env, mappings: [...mappings, { from: '/app', to: appFolder }] };
  const view = join(podFolder, 'views', container.name);
  await rm(view, { recursive: true, force: true });
  await linkView(view, appFolder, inApp);
  return { env, mappings: [...mappings, { from: '/app', to: view }] };
}
