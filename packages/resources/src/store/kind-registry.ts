import { type AdmissionRules, type AnyResource, type Kind, type KindId, type KindRegistry, kindId } from '../model/index.ts';

/** An empty registry. A kind that is registered twice is a mistake of wiring and throws. */
export function createKindRegistry(): KindRegistry {
  const kinds = new Map<KindId, { kind: Kind; rules: AdmissionRules<AnyResource> }>();
  let all: readonly Kind[] = [];
  return {
    register: (kind, rules = {}) => {
      const id = kindId(kind);
      if (kinds.has(id)) throw new Error(`the kind ${id} is registered already: one domain owns it`);
      kinds.set(id, { kind, rules: rules as unknown as AdmissionRules<AnyResource> });
      all = [...all, kind as Kind];
    },
    get: (id) => kinds.get(id)?.kind,
    rules: (id) => kinds.get(id)?.rules,
    all: () => all,
  };
}
