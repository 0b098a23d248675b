import { AccessToken, Organization } from '@fairway/contracts';
import { invalid, type KindRegistry, type Problem } from '@fairway/resources/model';

// Names under which the platform keeps its own images and namespaces.
const reserved = new Set(['fairway', 'kube-system', 'kube-public', 'kube-node-lease']);

/** The name becomes a namespace, a host name label, a path segment and the first word of image names. */
function refuseName(name: string): { refuse: Problem } | undefined {
  const details = { kind: Organization.kind, name };
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
    const problem = { field: 'metadata.name', message: 'must be an RFC 1123 label', type: 'FieldValueInvalid' } as const;
    return {
      refuse: invalid(`organization name "${name}" cannot be a host name label: use at most 63 of a-z, 0-9 and -`, [problem], details),
    };
  }
  if (!reserved.has(name)) return undefined;
  const problem = { field: 'metadata.name', message: 'is reserved', type: 'FieldValueNotSupported' } as const;
  return { refuse: invalid(`the organization name "${name}" is the platform's own: use another`, [problem], details) };
}

/** Registers the kinds of this domain and their rules. */
export function tenancyKinds(kinds: KindRegistry): void {
  kinds.register(Organization, {
    admit: ({ operation, object }) => (operation === 'create' ? refuseName(object.metadata.name) : undefined),
  });
  kinds.register(AccessToken, {
    admit: ({ operation, object, old }) =>
      operation === 'update' && old !== undefined && JSON.stringify(old.spec) !== JSON.stringify(object.spec)
        ? {
            refuse: invalid('a token cannot be changed: make a new one and delete this one', [], {
              kind: 'AccessToken',
              name: object.metadata.name,
            }),
          }
        : undefined,
  });
}
