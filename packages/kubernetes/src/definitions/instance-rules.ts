import { type AdmissionRules, type AnyResource, apiVersionOf, invalid, type Kind, Problem } from '@fairway/resources/model';
import type { DefinitionSpec } from './definition.ts';
import { type RuleTree, ruleTree } from './rules/rule-tree.ts';
import { runRules } from './rules/run-rules.ts';

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

/** The rules that a definition's schemas say, beside others. The language of rules must be loaded where there are any. */
export function withSchemaRules(spec: DefinitionSpec, kind: Kind, rules: AdmissionRules<AnyResource>): AdmissionRules<AnyResource> {
  const trees = new Map<string, RuleTree>();
  for (const { name: version, schema } of spec.versions) {
    const tree = ruleTree(schema?.openAPIV3Schema ?? {});
    if (tree !== undefined) trees.set(apiVersionOf({ group: spec.group, version }), tree);
  }
  if (trees.size === 0) return rules;
  return {
    ...rules,
    admit(change, facts) {
      const { operation, object, old } = change;
      const tree = operation === 'delete' ? undefined : trees.get(object.apiVersion);
      const problems = tree === undefined ? [] : runRules(tree, object, old);
      if (problems.length === 0) return rules.admit?.(change, facts);
      const { kind: name, group } = kind;
      return { refuse: invalid('the object breaks a rule of its schema', problems, { kind: name, group, name: object.metadata.name }) };
    },
  };
}
