import { createHash } from 'node:crypto';
import type { ComponentPlace, ResourceObject } from '@fairway/sdk';

/**
 * One Secret for each variable: it is set, for one environment or all, and deleted by itself.
 * Neither components nor environments have dots in their names, so no two variables share an object.
 */
export function secretOf(
  { organization, component }: ComponentPlace,
  { key, value, environment }: { key: string; value: string; environment: string | undefined },
): ResourceObject {
  const name = [component, ...(environment === undefined ? [] : [environment]), nameOfKey(key)].join('.');
  return {
    apiVersion: 'fairway.dev/v1',
    kind: 'Secret',
    metadata: { namespace: organization, name },
    spec: { component, ...(environment === undefined ? {} : { environment }), stringData: { [key]: value } },
  };
}

/** `DB_PASSWORD` as `db-password`; a key that is not of this usual form gets a hash, because another one may look the same then. */
function nameOfKey(key: string): string {
  const name = key
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/^-+|-+$/g, '');
  if (/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(key)) return name;
  return `${name === '' ? 'key' : name}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}
