import type { Service } from '@fairway/contracts/builtin';
import type { AnyResource, Key, ResourceOf } from '@fairway/resources/model';

/** Which services select a pod. Filled by the reconciles of services, so it knows each one that has been looked at once. */
export interface SelectorIndex {
  put(service: ResourceOf<typeof Service>): void;
  /** These pods were found to fit: a change that makes one of them unfit wakes the service, whichever of the two was there first. */
  found(service: ResourceOf<typeof Service>, pods: readonly AnyResource[]): void;
  servicesOf(pod: AnyResource): readonly Key[];
}

interface Entry {
  key: Key;
  selector: readonly (readonly [string, string])[];
  /** Pods that fitted before: a changed label must still wake the service that it leaves. */
  pods: Set<string>;
}

export function createSelectorIndex(): SelectorIndex {
  const byNamespace = new Map<string, Map<string, Entry>>();
  return {
    put(service) {
      const { name, namespace = '', deletionTimestamp } = service.metadata;
      const entries = byNamespace.get(namespace) ?? new Map<string, Entry>();
      byNamespace.set(namespace, entries);
      const selector = Object.entries(service.spec?.selector ?? {});
      if (deletionTimestamp !== undefined || selector.length === 0) entries.delete(name);
      else entries.set(name, { key: { namespace, name }, selector, pods: entries.get(name)?.pods ?? new Set() });
    },
    found({ metadata: { name, namespace = '' } }, pods) {
      const entry = byNamespace.get(namespace)?.get(name);
      for (const { metadata } of pods) if (metadata.deletionTimestamp === undefined) entry?.pods.add(metadata.uid ?? '');
    },
    servicesOf(pod) {
      const uid = pod.metadata.uid ?? '';
      const keys: Key[] = [];
      for (const { key, selector, pods } of byNamespace.get(pod.metadata.namespace ?? '')?.values() ?? []) {
        const fits = selector.every(([label, value]) => pod.metadata.labels?.[label] === value);
        if (!fits && !pods.has(uid)) continue;
        keys.push(key);
        if (fits && pod.metadata.deletionTimestamp === undefined) pods.add(uid);
        else pods.delete(uid);
      }
      return keys;
    },
  };
}
