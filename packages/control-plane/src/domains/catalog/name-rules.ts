import type { FieldProblem, Resource } from '@fairway/resources/model';

/**
 * Names of organizations' parts become labels of a host (COMPONENT.PROJECT.ENVIRONMENT.ORGANIZATION) and label values: one DNS label, so no
 * dots, and at most 63 characters.
 */
const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Leaves 13 of a host label's 63 characters for `-ENVIRONMENT`, and the names of builds, bindings and releases readable. */
export const maxComponentName = 50;
export const maxHostLabel = 63;

export function nameProblems({ metadata }: Resource, limit: number): FieldProblem[] {
  const { name } = metadata;
  const field = 'metadata.name';
  if (name.length > limit) {
    const message = `The name "${name}" has ${name.length} characters; at most ${limit} are allowed, because names of hosts and objects are made from it.`;
    return [{ field, message, type: 'FieldValueTooLong' }];
  }
  if (dnsLabel.test(name)) return [];
  const message = `The name "${name}" must be lower-case letters, digits and "-", and begin and end with a letter or digit.`;
  return [{ field, message, type: 'FieldValueInvalid' }];
}
