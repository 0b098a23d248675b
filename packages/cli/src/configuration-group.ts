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

/** The list with one value changed; other keys and other environments keep theirs. */
export function withValue(
  all: readonly Configuration[],
  { key, value }: { key: string; value: string },
  environment: string,
): Configuration[] {
  const others = all.filter((entry) => entry.key !== key);
  const kept = (all.find((entry) => entry.key === key)?.values ?? []).filter((entry) => entry.environment !== environment);
  return [...others, { key, values: [...kept, { environment, value }] }];
}
