import type { Condition, Kind } from '@fairway/resources/model';
import type { Definition, DefinitionNames } from './definition.ts';

/** What names of a group are taken, by resource (plural, singular and short forms) and by kind. */
export interface TakenNames {
  resources: ReadonlySet<string>;
  kinds: ReadonlySet<string>;
}

const none: DefinitionNames = { plural: '', kind: '' };

/** What a group's other definitions have been granted, and what its own kinds are called. */
export function takenNames(group: string, others: readonly Definition[], own: readonly Kind[]): TakenNames {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { spec, status } of others) {
    if (spec?.group !== group) continue;
    const { plural, singular = '', shortNames = [], kind, listKind = '' } = status?.acceptedNames ?? none;
    for (const name of [plural, singular, ...shortNames]) resources.add(name);
    for (const name of [kind, listKind]) kinds.add(name);
  }
  for (const kind of own) {
    if (kind.group !== group) continue;
    for (const name of [kind.plural, kind.singular, ...kind.shortNames]) resources.add(name);
    for (const name of [kind.kind, `${kind.kind}List`]) kinds.add(name);
  }
  return { resources, kinds };
}

export interface Acceptance {
  names: DefinitionNames;
  condition: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;
}

/** Which of its names a definition gets. What it was granted before it keeps, where it may not have what it wants now. */
export function acceptNames({ spec, status }: Definition, taken: TakenNames): Acceptance {
  const wanted = spec?.names ?? none;
  const names: DefinitionNames = { ...none, ...status?.acceptedNames };
  const clashes: { reason: string; name: string }[] = [];
  const grant = (field: 'plural' | 'singular' | 'kind' | 'listKind', reason: string, among: ReadonlySet<string>): void => {
    const name = wanted[field] ?? '';
    if (among.has(name)) clashes.push({ reason, name });
    else names[field] = name;
  };
  grant('plural', 'PluralConflict', taken.resources);
  grant('singular', 'SingularConflict', taken.resources);
  const shortClash = wanted.shortNames?.find((name) => taken.resources.has(name));
  if (shortClash !== undefined) clashes.push({ reason: 'ShortNamesConflict', name: shortClash });
  else if (wanted.shortNames !== undefined) names.shortNames = wanted.shortNames;
  else delete names.shortNames;
  grant('kind', 'KindConflict', taken.kinds);
  grant('listKind', 'ListKindConflict', taken.kinds);
  if (wanted.categories !== undefined) names.categories = wanted.categories;
  else delete names.categories;
  const last = clashes.at(-1);
  const condition =
    last === undefined
      ? { status: 'True' as const, reason: 'NoConflicts', message: 'no conflicts found' }
      : { status: 'False' as const, reason: last.reason, message: `${JSON.stringify(last.name)} is already in use` };
  return { names, condition: { type: 'NamesAccepted', ...condition } };
}
