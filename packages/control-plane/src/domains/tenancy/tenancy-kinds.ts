import { AccessToken, Organization } from '@fairway/contracts';
import { type AdmissionChange, invalid, isPermitted, type KindRegistry, Problem, type ResourceOf } from '@fairway/resources/model';
import { UsedKey } from './used-key-kind.ts';

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
  kinds.register(UsedKey, { audited: false });
  kinds.register(AccessToken, {
    admit: (change) =>
      change.operation === 'create' ? refuseBeyond(change) : change.operation === 'update' ? refuseChange(change) : undefined,
  });
}

type TokenChange = AdmissionChange<ResourceOf<typeof AccessToken>>;

/** Whoever may make tokens makes none that opens more than their own does. */
function refuseBeyond({ caller, object }: TokenChange): { refuse: Problem } | undefined {
  const { permissions = [], organization, principal = '' } = object.spec ?? {};
  const beyond = permissions.filter((permission) => !isPermitted(caller, permission));
  const leaves = caller.organization !== undefined && organization !== caller.organization;
  // Reconcilers have no tokens, and rules trust their name.
  const isOurs = principal.startsWith('service:fairway/');
  if (beyond.length === 0 && !leaves && !isOurs && caller.limits === undefined) return undefined;
  const what = isOurs ? `the name ${principal}` : beyond.length > 0 ? beyond.join(', ') : 'another organization, or more objects';
  return {
    refuse: new Problem({
      reason: 'forbidden',
      message: `${caller.principal} cannot make a token for what it may not do itself: ${what}`,
      kind: AccessToken.kind,
      group: AccessToken.group,
      name: object.metadata.name,
    }),
  };
}

const refuseChange = ({ object, old }: TokenChange): { refuse: Problem } | undefined =>
  old === undefined || JSON.stringify(old.spec) === JSON.stringify(object.spec)
    ? undefined
    : {
        refuse: invalid('a token cannot be changed: make a new one and delete this one', [], {
          kind: AccessToken.kind,
          name: object.metadata.name,
        }),
      };
