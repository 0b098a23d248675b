import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ifGone, unitOf, walkCache } from './walk-cache.ts';

export interface Trim {
  maxBytes: number;
  /** Whether a build of this namespace is running, or may be. */
  isBusy(namespace: string, signal: AbortSignal): Promise<boolean>;
  signal: AbortSignal;
}

export interface Trimmed {
  count: number;
  bytes: number;
}

/** Caches of builds on this machine, by the namespace of their Jobs. */
export interface BuildCaches {
  folderOf(namespace: string): string;
  /** Runs what starts a build, but never while the namespace's cache is being trimmed. */
  whileStarting<T>(namespace: string, start: () => Promise<T>): Promise<T>;
  /** When a build was started last (epoch ms); 0 when none was. */
  lastStart(): number;
  /** Takes away what was used longest ago until all caches are below the bound again; caches that a build uses are left alone. */
  trim(trim: Trim): Promise<Trimmed>;
}

// A cache that is just below its bound would be trimmed again after the next build.
const keptShare = 0.9;
const hourMs = 3_600_000;
const removedPrefix = '.removed-';

interface Gate {
  starting: number;
  /** Set while the cache is being trimmed. */
  trimming?: Promise<void> | undefined;
}

export function createBuildCaches({ root, now }: { root: string; now: () => number }): BuildCaches {
  const gates = new Map<string, Gate>();
  let lastStart = 0;
  const gateOf = (namespace: string): Gate => {
    const gate = gates.get(namespace) ?? { starting: 0 };
    gates.set(namespace, gate);
    return gate;
  };
  /** Nothing when a build is running or begins; it ends early as soon as one wants to. */
  const trimOne = async (namespace: string, plan: Plan, { isBusy, signal }: Trim): Promise<Trimmed> => {
    const gate = gateOf(namespace);
    if (gate.starting > 0) return { count: 0, bytes: 0 };
    const { promise, resolve } = Promise.withResolvers<void>();
    gate.trimming = promise;
    try {
      if (await isBusy(namespace, signal)) return { count: 0, bytes: 0 };
      return await evict({ root, namespace, plan, isWanted: () => gate.starting > 0 }, signal);
    } finally {
      gate.trimming = undefined;
      resolve();
    }
  };
  return {
    folderOf: (namespace) => join(root, namespace),
    lastStart: () => lastStart,
    async whileStarting(namespace, start) {
      const gate = gateOf(namespace);
      gate.starting += 1;
      try {
        await gate.trimming;
        lastStart = now();
        return await start();
      } finally {
        gate.starting -= 1;
      }
    },
    async trim(trim) {
      await dropLeftovers(root);
      const namespaces = await foldersOf(root);
      const plan = await planTrim({ root, namespaces, maxBytes: trim.maxBytes, now: now() }, trim.signal);
      const trimmed: Trimmed = { count: 0, bytes: 0 };
      if (plan === undefined) return trimmed;
      for (const namespace of namespaces) {
        const { count, bytes } = await trimOne(namespace, plan, trim);
        trimmed.count += count;
        trimmed.bytes += bytes;
      }
      await dropLeftovers(root);
      return trimmed;
    },
  };
}

const foldersOf = async (root: string): Promise<string[]> => {
  const entries = (await readdir(root, { withFileTypes: true }).catch(ifGone)) ?? [];
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(removedPrefix)).map(({ name }) => name);
};

/** Folders that were moved away, by this trim or by one that broke off: no build sees them any more. */
async function dropLeftovers(root: string): Promise<void> {
  for (const name of (await readdir(root).catch(ifGone)) ?? [])
    if (name.startsWith(removedPrefix)) await rm(join(root, name), { recursive: true, force: true });
}

interface Unit {
  bytes: number;
  usedAt: number;
}

/** What goes: all that was used before `before` (epoch ms), and of what was used before `upTo` as much as `allowance` says. */
interface Plan {
  before: number;
  upTo: number;
  allowance: number;
}

/** What must go so that all is below the bound; undefined when it is. Sums by the hour of the last use, as a cache may have a million files. */
async function planTrim(
  { root, namespaces, maxBytes, now }: { root: string; namespaces: readonly string[]; maxBytes: number; now: number },
  signal: AbortSignal,
): Promise<Plan | undefined> {
  const byHour = new Map<number, number>();
  let total = 0;
  for (const namespace of namespaces) {
    const add = ({ bytes, usedAt }: Unit): void => {
      const hour = Math.floor(Math.max(0, now - usedAt) / hourMs);
      byHour.set(hour, (byHour.get(hour) ?? 0) + bytes);
    };
    const folders = new Map<string, Unit>();
    for await (const entry of walkCache(join(root, namespace), signal)) {
      total += entry.bytes;
      const unit = unitOf(entry.path);
      if (unit !== entry.path) folders.set(unit, joined(folders.get(unit), entry));
      else if (!entry.isFolder) add(entry);
    }
    for (const unit of folders.values()) add(unit);
  }
  if (total <= maxBytes) return undefined;
  let allowance = total - maxBytes * keptShare;
  for (const [hour, bytes] of [...byHour].sort(([one], [other]) => other - one)) {
    if (bytes >= allowance) return { before: now - (hour + 1) * hourMs, upTo: now - hour * hourMs, allowance };
    allowance -= bytes;
  }
  return { before: now, upTo: now, allowance: 0 };
}

const joined = (unit: Unit | undefined, { bytes, usedAt }: Unit): Unit => ({
  bytes: (unit?.bytes ?? 0) + bytes,
  usedAt: Math.max(unit?.usedAt ?? 0, usedAt),
});

interface Eviction {
  root: string;
  namespace: string;
  /** Its allowance is used up by what goes. */
  plan: Plan;
  /** Whether a build wants the cache. */
  isWanted(): boolean;
}

async function evict({ root, namespace, plan, isWanted }: Eviction, signal: AbortSignal): Promise<Trimmed> {
  const folder = join(root, namespace);
  const trimmed: Trimmed = { count: 0, bytes: 0 };
  const units = new Map<string, Unit>();
  const goes = ({ usedAt }: Unit): boolean => usedAt < plan.before || (usedAt <= plan.upTo && plan.allowance > 0);
  const gone = ({ bytes, usedAt }: Unit): void => {
    trimmed.count += 1;
    trimmed.bytes += bytes;
    if (usedAt >= plan.before) plan.allowance -= bytes;
  };
  for await (const entry of walkCache(folder, signal)) {
    if (isWanted()) return trimmed;
    const unit = unitOf(entry.path);
    if (unit !== entry.path) units.set(unit, joined(units.get(unit), entry));
    else if (!entry.isFolder && goes(entry) && (await removeFile(folder, entry.path))) gone(entry);
  }
  for (const [path, unit] of units) {
    if (isWanted()) return trimmed;
    if (goes(unit) && (await removeFolder(root, join(folder, path)))) gone(unit);
  }
  return trimmed;
}

/** With the folders that it leaves empty: a cache of small files has as many folders. */
async function removeFile(folder: string, path: string): Promise<boolean> {
  try {
    await unlink(join(folder, path));
  } catch (error) {
    return ifGone(error as NodeJS.ErrnoException) ?? false;
  }
  for (let parent = dirname(path); parent.includes('/'); parent = dirname(parent)) {
    const isEmpty = await rmdir(join(folder, parent)).then(
      () => true,
      () => false,
    );
    if (!isEmpty) break;
  }
  return true;
}

/** Moved away at once: what a crash leaves is a folder that is not there, never a half of one. What it takes on the disk goes at the trim's end. */
async function removeFolder(root: string, folder: string): Promise<boolean> {
  try {
    await rename(folder, join(root, `${removedPrefix}${randomUUID()}`));
    return true;
  } catch (error) {
    return ifGone(error as NodeJS.ErrnoException) ?? false;
  }
}
