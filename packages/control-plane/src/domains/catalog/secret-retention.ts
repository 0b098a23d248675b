import { DeploymentRecord, Secret, SecretVersion, type SecretVersionSpec } from '@fairway/contracts';
import { isProblem, keyOf, type Resource, type ResourceOf, type Resources } from '@fairway/resources/model';
import { type Controller, progressing, type ReconcileContext, settled } from '@fairway/resources/reconcile';
import { pruneAction } from './secret-rules.ts';

export interface SecretRetention {
  /** Versions of a secret that are kept whether or not something names them. */
  versions: number;
  removed(count: number): void;
}

type VersionResource = Resource<SecretVersionSpec>;

// A new version wakes this; later it finds what was too young then, and what older deployments have let go.
const resyncMs = 3_600_000;
const againMs = 100;
const prunedAtOnce = 50;
const lookBehind = 1_000;
const recordsAtOnce = 500;
/** A deployment that has read a version names it within seconds. */
const graceMs = 3_600_000;

/** Keeps the newest versions of a secret, and those that a deployment can be rolled back to. */
export const secretRetentionController = (keep: SecretRetention): Controller<typeof Secret> => ({
  name: 'catalog/secret-retention',
  kind: Secret,
  conditionStyle: 'own',
  concurrency: 1,
  resyncMs,
  reconcile: async (secret, context) => {
    try {
      const count = await pruneVersions(secret, keep.versions, context);
      if (count === 0) return { outcome: settled };
      keep.removed(count);
      return { outcome: progressing('Pruning', 'older versions are being removed', againMs) };
    } catch (error) {
      // Needed again, or gone, since it was looked at: look again.
      if (!isProblem(error, 'conflict') && !isProblem(error, 'not-found')) throw error;
      return { outcome: progressing('Pruning', error.message, againMs) };
    }
  },
});

async function pruneVersions(
  { metadata, spec }: ResourceOf<typeof Secret>,
  keep: number,
  { resources, cause, clock, signal }: ReconcileContext,
): Promise<number> {
  const { namespace = '', name } = metadata;
  const ofSecret = { namespace, fieldSelector: `spec.secret=${name}`, newestFirst: true };
  const newest = await resources.list(SecretVersion, { ...ofSecret, limit: keep + 1 });
  if (newest.items.length <= keep) return 0;
  const { items } = await resources.list(SecretVersion, { ...ofSecret, limit: keep + lookBehind });
  const isOld = (version: VersionResource): boolean => clock.now() - Date.parse(version.metadata.creationTimestamp ?? '') >= graceMs;
  const older = items.slice(keep).filter((version) => isOld(version) && version.spec?.version !== spec?.currentVersion);
  if (older.length === 0) return 0;
  const recorded = await recordedVersions(resources, { namespace, name }, signal);
  const unneeded = older.filter((version) => !recorded.has(version.spec?.version ?? 0)).slice(0, prunedAtOnce);
  if (unneeded.length === 0) return 0;
  await resources.commit(
    cause(pruneAction),
    unneeded.map((version) => ({ op: 'delete', kind: SecretVersion, key: keyOf(version), expect: { uid: version.metadata.uid ?? '' } })),
  );
  return unneeded.length;
}

/** Versions of a secret that a deployment record names: any component of the organization may use it. */
async function recordedVersions(resources: Resources, of: { namespace: string; name: string }, signal: AbortSignal): Promise<Set<number>> {
  const found = new Set<number>();
  let token: string | undefined;
  do {
    const page = await resources.list(DeploymentRecord, {
      namespace: of.namespace,
      limit: recordsAtOnce,
      ...(token === undefined ? {} : { continue: token }),
    });
    for (const { spec } of page.items) {
      const version = spec?.secretVersions[of.name];
      if (version !== undefined) found.add(version);
    }
    token = page.continue;
    signal.throwIfAborted();
  } while (token !== undefined);
  return found;
}
