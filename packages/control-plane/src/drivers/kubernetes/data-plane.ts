import { Namespace } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import { type AnyResource, apiVersionOf, isProblem, type Kind, Problem, type Resource } from '@fairway/resources/model';
import type { DataPlane } from '#domains/delivery';
import type { KindFinder } from './find-kind.ts';
import { ensurePullSecret, type PullCredentials } from './pull-secret.ts';

export interface DataPlaneOptions {
  client: ClusterClient;
  /** How this cluster serves kinds; one for all who use the cluster, because it remembers what discovery said. */
  find: KindFinder;
  /** The organization whose components run here, and the name of its plane. */
  organization: string;
  name: string;
  pull: PullCredentials;
}

/** A cluster in its role of running components. */
export function createDataPlane({ client, find, organization, name: plane, pull }: DataPlaneOptions): DataPlane {
  const must = async (apiVersion: string, kind: string, signal: AbortSignal): Promise<Kind> => {
    const found = await find(apiVersion, kind, signal);
    if (found === undefined)
      throw new Problem({
        reason: 'invalid',
        message: `the cluster does not serve ${kind} of ${apiVersion}: install what defines it, or use a class without it`,
        kind,
      });
    return found;
  };
  const absentIsUndefined = async <T>(call: Promise<T>): Promise<T | undefined> => {
    try {
      return await call;
    } catch (error) {
      if (isProblem(error, 'not-found')) return undefined;
      throw error;
    }
  };
  return {
    apply: async (object: Resource, { fieldManager, force }, signal) =>
      (await client.apply(await must(object.apiVersion, object.kind, signal), object, { fieldManager, force, signal })) as AnyResource,
    get: async ({ apiVersion, kind, ...key }, signal) => {
      const found = await find(apiVersion, kind, signal);
      return found === undefined ? undefined : ((await absentIsUndefined(client.get(found, key, { signal }))) as AnyResource | undefined);
    },
    listByLabel: async (kinds, labelSelector, signal) => {
      const pages = await Promise.all(
        kinds.map(async ({ apiVersion, kind }) => {
          const found = await find(apiVersion, kind, signal);
          return found === undefined ? undefined : absentIsUndefined(client.list(found, { labelSelector, signal }));
        }),
      );
      return pages.flatMap((page) => (page?.items ?? []) as AnyResource[]);
    },
    remove: async ({ apiVersion, kind, ...key }, signal) => {
      const found = await find(apiVersion, kind, signal);
      if (found !== undefined) await client.remove(found, key, { propagation: 'background', signal });
    },
    ensureNamespace: async (name, labels, signal) => {
      if ((await client.get(Namespace, { name }, { signal })) !== undefined) return;
      const object = { apiVersion: apiVersionOf(Namespace), kind: Namespace.kind, metadata: { name, labels: { ...labels } } };
      await client.create(Namespace, object, { signal, fieldManager: 'fairway' }).catch((error: unknown) => {
        if (!isProblem(error, 'already-exists')) throw error;
      });
    },
    ensurePullSecret: (namespace, signal) => ensurePullSecret(client, pull, { organization, plane, namespace, signal }),
    follow: async ({ kinds, labelSelector }, onChange, signal) => {
      const followers = await Promise.all(
        kinds.map(async ({ apiVersion, kind }) => {
          const found = await find(apiVersion, kind, signal);
          return found === undefined
            ? undefined
            : client.follow(found, { labelSelector }, { signal, onChange: ({ object }) => onChange(object as AnyResource) }).done;
        }),
      );
      await Promise.all(followers);
    },
  };
}
