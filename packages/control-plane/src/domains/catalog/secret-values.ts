import { type SecretSpec, SecretVersion, type SecretVersionSpec } from '@fairway/contracts';
import { type AdmissionChange, conflict, type FactQuery, type Facts, type Resource } from '@fairway/resources/model';
import type { Sealer } from './ports.ts';

type SecretChange = AdmissionChange<Resource<SecretSpec, never>>;

const currentFact = 'current-version';

/**
 * Keys whose values stay as they are. As with Kubernetes' own Secrets a patch still holds the keys that are there, so that `stringData` is merged
 * into them, and a whole new manifest does not. Undefined: this write says nothing about values.
 */
function keptKeys({ object, old }: SecretChange): string[] | undefined {
  const { stringData, keys } = object.spec ?? {};
  const before = old?.spec?.keys ?? [];
  const left = before.filter((key) => keys?.includes(key));
  if (stringData === undefined && (keys === undefined || left.length === before.length)) return undefined;
  return left.filter((key) => stringData?.[key] === undefined);
}

/** The version that holds the values that stay. */
export function currentVersionFact(change: SecretChange): FactQuery[] {
  const { metadata } = change.object;
  const version = change.old?.spec?.currentVersion;
  if (version === undefined || (keptKeys(change) ?? []).length === 0) return [];
  return [{ name: currentFact, kind: SecretVersion, key: { namespace: metadata.namespace ?? '', name: `${metadata.name}-v${version}` } }];
}

/** All values of the Secret after this write; undefined: those that it has. Throws a Problem when what shall stay cannot be read. */
export function valuesAfter(sealer: Sealer, change: SecretChange, facts: Facts): Record<string, string> | undefined {
  const kept = keptKeys(change);
  const { stringData = {} } = change.object.spec ?? {};
  if (kept === undefined || kept.length === 0) return kept === undefined ? undefined : stringData;
  const { metadata } = change.object;
  const current = facts.object<Resource<SecretVersionSpec>>(currentFact)?.spec?.sealed;
  if (current === undefined) {
    const version = change.old?.spec?.currentVersion;
    throw conflict(
      `Secret "${metadata.name}" cannot keep ${kept.join(', ')}: its version ${version} is gone. Replace it, and send all keys anew, without spec.keys.`,
    );
  }
  const sealed = Object.fromEntries(Object.entries(current).filter(([key]) => kept.includes(key)));
  return { ...sealer.open(metadata.namespace ?? '', sealed), ...stringData };
}
