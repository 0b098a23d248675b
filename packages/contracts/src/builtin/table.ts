import type { KindRow } from '../kinds/table.ts';

/** The Kubernetes kinds that the local cluster serves. */
export const builtinRows: readonly KindRow[] = [];
