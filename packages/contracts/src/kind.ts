/** JSON Schema in the structural form that Kubernetes uses (`x-kubernetes-*` extensions included). */
export type Schema = { readonly [keyword: string]: unknown };

export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** A simple JSON path as in CustomResourceDefinitions: `.spec.owner.projectName`, `.status.conditions[?(@.type=="Ready")].status`. */
  jsonPath: string;
  /** How a number or text is meant, for example `int32` or `password`. */
  format?: string;
  description?: string;
  /** Columns above 0 are shown with `-o wide` only. */
  priority?: number;
}

export interface ScalePaths {
  /** Below `spec`: a number. */
  replicas: string;
  /** Below `status`: a number. */
  seenReplicas: string;
  /** A label selector, as text or as an object. */
  selector?: string;
}

/**
 * One kind as it is served: names, scope, schema, columns. Read from the generated table.
 * `__spec` and `__status` carry the types only; they are never set.
 */
export interface Kind<Spec = unknown, Status = unknown> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Whole object: `properties.spec`, `properties.status`, other top-level fields. `metadata` is left out: it is the same for all kinds. */
  readonly schema: Schema;
  /** True: writes of the object leave status alone and writes of `/status` leave the rest alone. */
  readonly hasStatus: boolean;
  /** Dotted paths (`spec.nodeName`, `status.phase`) that field selectors may use beside metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  readonly columns: readonly PrinterColumn[];
  /** Dotted paths by which objects are found in any version; `selectableFields` where absent. */
  readonly indexedFields?: readonly string[];
  /** Where the subresource `scale` finds what it shows, as dotted paths. */
  readonly scale?: ScalePaths;
  /** What its users are warned of: this version will go. */
  readonly deprecation?: string;
  /** True: objects may have been stored by another schema, so that what is read is pruned and filled again. */
  readonly mayBeOutdated?: boolean;
  /** True: its tables have no other columns than Name and these; otherwise Age is added. */
  readonly hasExactColumns?: boolean;
  /** Further subresources, for example `log` or `scale`. */
  readonly subresources: readonly string[];
  readonly __spec?: Spec;
  readonly __status?: Status;
}
