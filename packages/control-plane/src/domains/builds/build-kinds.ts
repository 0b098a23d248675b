import { Build, type BuildSpec, ComponentRelease } from '@fairway/contracts';
import { type AdmissionChange, conflict, invalid, type KindRegistry, type ResourceOf } from '@fairway/resources/model';
import { changedByAnnotation, pruneAction, speaksForOthers, triggerLabel } from './build-labels.ts';

type Change = AdmissionChange<ResourceOf<typeof Build>>;

const isPruning = ({ operation, action }: Change): boolean => operation === 'delete' && action === pruneAction;
const releasesOf = ({ metadata: { namespace = '', name } }: Change['object']) => ({ namespace, fieldSelector: `spec.build=${name}` });

/** Registers the kinds of this domain. A build is of one commit for ever: only `cancel` may change. Cleaning up takes none that a release names. */
export function buildKinds(kinds: KindRegistry): void {
  kinds.register(Build, {
    facts: (change) => (isPruning(change) ? [{ name: 'releases', kind: ComponentRelease, ...releasesOf(change.object) }] : []),
    admit: (change, facts) => {
      const { operation, subresource, object, old } = change;
      if (isPruning(change) && facts.list('releases').length > 0)
        return { refuse: conflict(`Build "${object.metadata.name}" has come to be needed meanwhile and stays`) };
      if (operation === 'delete' || subresource !== undefined) return undefined;
      if (operation === 'create') return { object: signed(change) };
      const without = ({ cancel: _, ...rest }: BuildSpec): string => JSON.stringify(rest);
      if (object.spec !== undefined && old?.spec !== undefined && without(object.spec) !== without(old.spec))
        return { refuse: invalid('a build cannot be changed: trigger a new one', [], { kind: Build.kind, name: object.metadata.name }) };
      return { object: signed(change) };
    },
  });
}

/** Who caused a build and whether it was a push decides what is deployed in whose name: callers do not write that for themselves. */
function signed({ caller, object, old }: Change): Change['object'] {
  if (speaksForOthers(caller)) return object;
  const { metadata } = object;
  const before = old?.metadata;
  const by = before === undefined ? caller.principal : before.annotations?.[changedByAnnotation];
  const trigger = before === undefined ? 'manual' : before.labels?.[triggerLabel];
  const annotations = withEntry(metadata.annotations, changedByAnnotation, by);
  const labels = withEntry(metadata.labels, triggerLabel, trigger);
  return { ...object, metadata: { ...metadata, annotations, labels } };
}

function withEntry(map: Readonly<Record<string, string>> | undefined, key: string, value: string | undefined): Record<string, string> {
  const { [key]: _, ...rest } = map ?? {};
  return value === undefined ? rest : { ...rest, [key]: value };
}
