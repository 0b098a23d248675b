import { type AdmissionRules, type AnyResource, type Kind, type KindId, type KindRegistry, kindId } from '../model/index.ts';

interface Row {
  kind: Kind;
  versions: readonly Kind[];
  rules: AdmissionRules<AnyResource>;
}

/** An empty registry. A kind that is registered twice is a mistake of wiring and throws; one that is defined at run time may be defined anew. */
export function createKindRegistry(): KindRegistry {
  const rows = new Map<KindId, Row>();
  const defined = new Set<KindId>();
  const listeners = new Set<() => void>();
  let all: readonly Kind[] = [];
  const changed = (): void => {
    all = [...rows.values()].map(({ kind }) => kind);
    for (const listener of listeners) listener();
  };
  return {
    register: (kind, rules = {}) => {
      const id = kindId(kind);
      if (rows.has(id)) throw new Error(`the kind ${id} is registered already: one domain owns it`);
      rows.set(id, { kind, versions: [kind], rules: rules as unknown as AdmissionRules<AnyResource> });
      changed();
    },
    define: ({ stored, served, rules }) => {
      const id = kindId(stored);
      if (rows.has(id) && !defined.has(id)) throw new Error(`the kind ${id} is one of our own and cannot be defined anew`);
      defined.add(id);
      rows.set(id, { kind: stored, versions: served, rules });
      changed();
    },
    remove: (id) => {
      if (!defined.delete(id)) return;
      rows.delete(id);
      changed();
    },
    isDefined: (id) => defined.has(id),
    get: (id) => rows.get(id)?.kind,
    versions: (id) => rows.get(id)?.versions ?? [],
    rules: (id) => rows.get(id)?.rules,
    all: () => all,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
