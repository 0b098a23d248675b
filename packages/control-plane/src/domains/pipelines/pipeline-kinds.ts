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

/** A step's name becomes part of the names of its Job and its log: one that cannot be would leave a run that neither ends nor goes away. */
function refuseSteps(steps: readonly { name: string }[]): { refuse: Problem } | undefined {
  const names = steps.map(({ name }) => name);
  const odd = names.find((name, index) => !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name) || names.indexOf(name) !== index);
  if (odd === undefined) return undefined;
  const message = `step name ${JSON.stringify(odd.slice(0, 63))} must be an RFC 1123 label, and of one step alone`;
  return { refuse: invalid(message, [{ field: 'spec.steps', message, type: 'FieldValueInvalid' }], { kind: PipelineRun.kind }) };
}

/** Registers the kinds of this domain. A run is what it was started as: only `cancel` may change. */
export function pipelineKinds(kinds: KindRegistry): void {
  kinds.register(PipelineRun, {
    admit: ({ operation, subresource, caller, object, old }) => {
      if (operation === 'create')
        return refuseSteps(object.spec?.steps ?? []) ?? refuseGrant(caller, object.spec?.grant?.permissions ?? []);
      if (operation !== 'update' || subresource !== undefined || old?.spec === undefined || object.spec === undefined) return undefined;
      const { cancel: _now, ...now } = object.spec;
      const { cancel: _before, ...before } = old.spec;
      if (JSON.stringify(now) !== JSON.stringify(before)) return { refuse: invalid('a pipeline run cannot be changed: start a new one') };
      return undefined;
    },
  });
}
