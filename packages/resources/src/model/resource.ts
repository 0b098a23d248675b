/** The shape of everything that Fairway knows: a Kubernetes-style object. */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: Record<string, unknown>;
  subresource?: string;
}

export interface Metadata {
  name: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  /** Opaque to clients; a decimal number that grows with every committed change of the installation. */
  resourceVersion?: string;
  /** Counts changes of everything but metadata and status. */
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

export interface Resource<Spec = unknown, Status = unknown> {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec?: Spec;
  status?: Status;
}

/** A resource of a kind that is not known at compile time, with its top-level fields beside spec and status (data, rules, …). */
export type AnyResource = Resource & Record<string, unknown>;

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** A PascalCase fact. */
  reason: string;
  /** What, why, and what next. Never holds a secret. */
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** Names one object of a known kind. `namespace` is absent for cluster-scoped kinds. */
export interface Key {
  namespace?: string;
  name: string;
}
