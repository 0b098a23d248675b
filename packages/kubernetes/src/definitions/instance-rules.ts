import { type AdmissionRules, type AnyResource, type Kind, Problem } from '@fairway/resources/model';

/** While a definition goes, nothing new of its kind may come: it would stay behind. */
export function closedTo(kind: Kind, rules: AdmissionRules<AnyResource>): AdmissionRules<AnyResource> {
  return {
    ...rules,
    admit(change, facts) {
      if (change.operation !== 'create') return rules.admit?.(change, facts);
      return {
        refuse: new Problem({
          reason: 'forbidden',
          message: 'create not allowed while custom resource definition is terminating',
          kind: kind.kind,
          group: kind.group,
          name: change.object.metadata.name,
        }),
      };
    },
  };
}
