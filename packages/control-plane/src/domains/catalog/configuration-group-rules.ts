import type { ConfigurationGroup } from '@fairway/contracts';
import type { AdmissionChange, AdmissionRules, FieldProblem, ResourceOf } from '@fairway/resources/model';
import { isWhole, platformVariableProblem, platformVariables, wholeFor } from './platform-variables.ts';
import { refusal } from './project-rules.ts';

type Group = ResourceOf<typeof ConfigurationGroup>;

/** All slips at once, each by its path: a value that is for nobody would be missing in silence later. */
export const configurationGroupRules: AdmissionRules<Group> = {
  facts: (change) => (isWrite(change) ? wholeFor(change.object, newPlatformVariables(change)) : []),
  admit: (change, facts) => {
    if (!isWrite(change)) return undefined;
    const added = newPlatformVariables(change);
    const ours = isWhole(facts, added) ? added : [];
    return refusal([...problemsOf(change.object), ...ours.map((key) => platformVariableProblem(key, fieldOf(change.object, key)))]);
  },
};

const isWrite = ({ operation, subresource }: AdmissionChange<Group>): boolean => operation !== 'delete' && subresource === undefined;
const keysOf = (group: Group | undefined): string[] => group?.spec?.configurations.map(({ key }) => key) ?? [];
const newPlatformVariables = ({ object, old }: AdmissionChange<Group>): string[] => platformVariables(keysOf(object), keysOf(old));
const fieldOf = (group: Group, key: string): string => `spec.configurations[${keysOf(group).indexOf(key)}].key`;

function problemsOf({ spec }: Group): FieldProblem[] {
  if (spec === undefined) return [];
  const groups = new Set((spec.environmentGroups ?? []).map(({ name }) => name));
  const seen = new Set<string>();
  return spec.configurations.flatMap(({ key, values }, index) => {
    const field = `spec.configurations[${index}]`;
    const problems: FieldProblem[] = seen.has(key)
      ? [
          {
            field: `${field}.key`,
            message: `The key "${key}" stands twice; give it one entry with all its values.`,
            type: 'FieldValueDuplicate',
          },
        ]
      : [];
    seen.add(key);
    return [...problems, ...values.flatMap((value, at) => valueProblems(value, { field: `${field}.values[${at}]`, key, groups }))];
  });
}

type Value = NonNullable<Group['spec']>['configurations'][number]['values'][number];

function valueProblems(value: Value, { field, key, groups }: { field: string; key: string; groups: ReadonlySet<string> }): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (value.environment !== undefined && value.environmentGroupRef !== undefined) {
    problems.push({ field, message: `"${key}": name an environment or a group of environments, not both.`, type: 'FieldValueInvalid' });
  }
  if ((value.value === undefined) === (value.vaultKey === undefined)) {
    problems.push({ field, message: `"${key}": give exactly one of value and vaultKey.`, type: 'FieldValueInvalid' });
  }
  if (value.environmentGroupRef !== undefined && !groups.has(value.environmentGroupRef)) {
    const message = `"${key}": there is no environment group "${value.environmentGroupRef}" in spec.environmentGroups.`;
    problems.push({ field: `${field}.environmentGroupRef`, message, type: 'FieldValueInvalid' });
  }
  return problems;
}
