import { Build, type BuildSpec } from '@fairway/contracts';
import { invalid, type KindRegistry } from '@fairway/resources/model';

/** Registers the kinds of this domain. A build is of one commit for ever: only `cancel` may change. */
export function buildKinds(kinds: KindRegistry): void {
  kinds.register(Build, {
    admit: ({ operation, subresource, object, old }) => {
      if (operation !== 'update' || subresource !== undefined || old?.spec === undefined || object.spec === undefined) return undefined;
      const without = ({ cancel: _, ...rest }: BuildSpec) => JSON.stringify(rest);
      return without(object.spec) === without(old.spec) ? undefined : { refuse: invalid('a build cannot be changed: trigger a new one') };
    },
  });
}
