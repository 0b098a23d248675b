import { Namespace } from '@fairway/contracts/builtin';
import {
  type AdmissionRules,
  type AnyResource,
  type FactQuery,
  type Kind,
  notFound,
  Problem,
  type ResourceOf,
} from '@fairway/resources/model';
import { namespaceFinalizer } from '../../controllers/index.ts';
import { invalidObject } from './field-problem.ts';
import { labelProblems } from './pod-template-rules.ts';

const qualifiedPlural = (kind: Kind): string => (kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`);

const terminating = (kind: Kind, object: AnyResource): Problem => {
  const { name, namespace } = object.metadata;
  return new Problem({
    reason: 'forbidden',
    message: `${qualifiedPlural(kind)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    kind: kind.kind,
    group: kind.group,
    name,
  });
};

/** The fact and the check that every new object of a namespaced kind needs: its namespace is there and stays. */
export function withNamespace(kind: Kind, rules: AdmissionRules<AnyResource>): AdmissionRules<AnyResource> {
  if (!kind.namespaced) return rules;
  return {
    ...rules,
    facts(change) {
      const own = rules.facts?.(change) ?? [];
      if (change.operation !== 'create') return own;
      const namespace: FactQuery = { name: 'its namespace', kind: Namespace, key: { name: change.object.metadata.namespace ?? '' } };
      return [...own, namespace];
    },
    admit(change, facts) {
      if (change.operation === 'create') {
        const namespace = facts.object('its namespace');
        if (namespace === undefined) return { refuse: notFound('Namespace', change.object.metadata.namespace ?? '', '') };
        if (namespace.metadata.deletionTimestamp !== undefined) return { refuse: terminating(kind, change.object) };
      }
      return rules.admit?.(change, facts);
    },
  };
}

export const namespaceRules: AdmissionRules<ResourceOf<typeof Namespace>> = {
  audited: false,
  default: (object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name } },
    spec: { finalizers: ['kubernetes'], ...object.spec },
  }),
  admit({ object, operation, subresource }) {
    if (subresource !== undefined) return undefined;
    const { name, finalizers = [] } = object.metadata;
    if (operation === 'delete') {
      if (!['default', 'kube-system'].includes(name)) return undefined;
      return {
        refuse: new Problem({ reason: 'forbidden', message: 'this namespace may not be deleted', kind: 'Namespace', group: '', name }),
      };
    }
    const refuse = invalidObject(Namespace, object, labelProblems('metadata.name', name));
    if (refuse !== undefined) return { refuse };
    if (operation !== 'create' || finalizers.includes(namespaceFinalizer)) return undefined;
    // From its first moment on, so that nothing is created in it that would stay behind.
    return { object: { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, namespaceFinalizer] } } };
  },
};
