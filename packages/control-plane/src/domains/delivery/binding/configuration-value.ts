import type { ConfigurationGroupSpec } from '@fairway/contracts';
import { InvalidConfiguration } from '../render/render-input.ts';

/** The value of one key in an environment: named for it, else for a group that it is in, else for all; undefined when there is none. */
export function configurationValue(
  group: ConfigurationGroupSpec,
  name: string,
  at: { key: string; environment: string },
): string | undefined {
  const values = group.configurations.find((entry) => entry.key === at.key)?.values ?? [];
  const inGroups = (group.environmentGroups ?? []).filter((each) => each.environments.includes(at.environment)).map((each) => each.name);
  const chosen =
    values.find((each) => each.environment === at.environment) ??
    values.find((each) => each.environmentGroupRef !== undefined && inGroups.includes(each.environmentGroupRef)) ??
    values.find((each) => each.environment === undefined && each.environmentGroupRef === undefined);
  if (chosen === undefined) return undefined;
  if (chosen.value === undefined && chosen.vaultKey !== undefined) {
    throw new InvalidConfiguration(
      `ConfigurationGroup "${name}" takes "${at.key}" from a vault key, and no vault is connected: put the value into a Secret instead.`,
    );
  }
  return chosen.value ?? '';
}

/** All keys that have a value in the environment. */
export function configurationValues(group: ConfigurationGroupSpec, name: string, environment: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { key } of group.configurations) {
    const value = configurationValue(group, name, { key, environment });
    if (value !== undefined) found[key] = value;
  }
  return found;
}
