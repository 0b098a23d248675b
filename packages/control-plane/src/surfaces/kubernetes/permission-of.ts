import type { Attempt } from '@fairway/kubernetes/server';
import { isPermitted, lacksPermission } from '@fairway/resources/model';

const wordOf = {
  get: 'read',
  list: 'read',
  watch: 'read',
  create: 'create',
  update: 'update',
  patch: 'update',
  delete: 'delete',
  deletecollection: 'delete',
} as const satisfies Record<Attempt['verb'], string>;

/** `<domain>.<resource>.<verb>` of a Kubernetes verb on a kind; `domainOf` says which domain owns a plural of a group. */
export function permissionOf(
  attempt: Attempt,
  domainOf: (group: string, plural: string) => { domain: string; singular: string } | undefined,
): string {
  const { domain, singular } = domainOf(attempt.group, attempt.plural) ?? { domain: 'unknown', singular: attempt.plural };
  const noun = attempt.subresource === undefined || attempt.subresource === 'status' ? singular : `${singular}-${attempt.subresource}`;
  return `${domain}.${noun}.${attempt.subresource === 'log' ? 'read' : wordOf[attempt.verb]}`;
}

/** Throws `forbidden` in words that name the permission. A caller of one organization sees no other, and nothing above it. */
export function authorizeAttempt(attempt: Attempt, domainOf: Parameters<typeof permissionOf>[1]): void {
  const { caller } = attempt;
  const permission = permissionOf(attempt, domainOf);
  const isWithin = caller.organization === undefined || caller.organization === attempt.namespace;
  if (isWithin && isPermitted(caller, permission)) return;
  const where = attempt.namespace === undefined ? 'at the cluster scope' : `in the namespace "${attempt.namespace}"`;
  throw lacksPermission(
    permission,
    `User "${caller.principal}" cannot ${attempt.verb} resource "${attempt.plural}" in API group "${attempt.group}" ${where}: it needs the permission ${permission}`,
    { kind: attempt.plural, group: attempt.group, ...(attempt.name === undefined ? {} : { name: attempt.name }) },
  );
}
