import { PipelineRun } from '@fairway/contracts';
import { type Caller, invalid, isPermitted, type KindRegistry, Problem } from '@fairway/resources/model';

/** A run's token may do what its maker may, and no more: otherwise whoever starts a run could have any permission. */
function refuseGrant(caller: Caller, permissions: readonly string[]): { refuse: Problem } | undefined {
  const beyond = permissions.filter((permission) => caller.limits !== undefined || !isPermitted(caller, permission));
  if (beyond.length === 0) return undefined;
  return {
    refuse: new Problem({
      reason: 'forbidden',
      message: `${caller.principal} cannot grant to a run what it does not hold itself: ${beyond.join(', ')}`,
      kind: PipelineRun.kind,
      group: PipelineRun.group,
    }),
  };
}

/** Registers the kinds of this domain. A run is what it was started as: only `cancel` may change. */
export function pipelineKinds(kinds: KindRegistry): void {
  kinds.register(PipelineRun, {
    admit: ({ operation, subresource, caller, object, old }) => {
      if (operation === 'create') return refuseGrant(caller, object.spec?.grant?.permissions ?? []);
      if (operation !== 'update' || subresource !== undefined || old?.spec === undefined || object.spec === undefined) return undefined;
      const { cancel: _now, ...now } = object.spec;
      const { cancel: _before, ...before } = old.spec;
      if (JSON.stringify(now) !== JSON.stringify(before)) return { refuse: invalid('a pipeline run cannot be changed: start a new one') };
      return undefined;
    },
  });
}
