import type { ResourceObject } from '@fairway/sdk';

interface Value {
  environment?: string;
  environmentGroupRef?: string;
  value?: string;
}
export interface Configuration {
  key: string;
  values: Value[];
}
export type ConfigurationGroup = ResourceObject<{ configurations: Configuration[] }>;

/**
 * The list with one value changed; other keys and other environments keep theirs, and every key its place: the order of keys is the order of an
 * application's variables, and another order would start it anew in environments where nothing changed.
 */
export function withValue(
  all: readonly Configuration[],
  { key, value }: { key: string; value: string },
  environment: string,
): Configuration[] {
  const own = { environment, value };
  if (!all.some((entry) => entry.key === key)) return [...all, { key, values: [own] }];
  return all.map((entry) =>
    entry.key === key ? { ...entry, values: [...entry.values.filter((known) => known.environment !== environment), own] } : entry,
  );
}
