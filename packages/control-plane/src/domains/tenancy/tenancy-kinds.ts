import { AccessToken, Organization } from '@fairway/contracts';
import { invalid, type KindRegistry } from '@fairway/resources/model';

/** Registers the kinds of this domain and their rules. */
export function tenancyKinds(kinds: KindRegistry): void {
  kinds.register(Organization, {
    admit: ({ operation, object }) =>
      // The name becomes a namespace, a host name label and a path segment.
      operation === 'create' && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(object.metadata.name)
        ? {
            refuse: invalid(`organization name "${object.metadata.name}" cannot be a host name label: use at most 63 of a-z, 0-9 and -`, [
              { field: 'metadata.name', message: 'must be an RFC 1123 label', type: 'FieldValueInvalid' },
            ]),
          }
        : undefined,
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
