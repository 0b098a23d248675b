import { createHash } from 'node:crypto';

const hashLength = 8;

/**
 * One Kubernetes name from several parts: readable, at most `limit` characters, and different for different parts
 * (docs/compatibility/openchoreo.md, "Name generator"). The hash is over the parts as given, so parts that look alike after cleaning stay apart.
 */
export function generateName(limit: number, ...parts: readonly string[]): string {
  const hash = createHash('sha256').update(parts.join('-')).digest('hex').slice(0, hashLength);
  const budget = Math.max(limit - hashLength - parts.length, 0);
  const share = Math.floor(budget / Math.max(parts.length, 1));
  const rest = budget % Math.max(parts.length, 1);
  const cut = parts.map((part, index) => cleanPart(part).slice(0, share + (index < rest ? 1 : 0)));
  return `${cut.join('-')}-${hash}`.replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}

/** A label value: as it is where it fits into 63 characters, else shortened with a hash. */
export const labelValue = (value: string): string => (value.length <= 63 ? value : generateName(63, value));

const cleanPart = (part: string): string =>
  part
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
