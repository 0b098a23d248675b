/** How a kind is served: `{ group: 'openchoreo.dev', version: 'v1alpha1', plural: 'components', namespaced: true }`. */
export interface KindPath {
  group: string;
  version: string;
  plural: string;
  namespaced: boolean;
}

export interface ResourceObject<Spec = unknown, Status = unknown> {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: Spec;
  status?: Status;
}

export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  limit?: number;
  continue?: string;
  signal?: AbortSignal;
}

export interface ResourceList<R> {
  items: R[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

export type ResourceEvent<R> = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: R };

// Lists are read in pages of so many.
export const pageSize = 500;
