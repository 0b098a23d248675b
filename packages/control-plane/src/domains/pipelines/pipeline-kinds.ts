import { PipelineRun } from '@fairway/contracts';
import { invalid, type KindRegistry } from '@fairway/resources/model';

/** Registers the kinds of this domain. A run is what it was started as: only `cancel` may change. */
export function pipelineKinds(kinds: KindRegistry): void {
  kinds.register(PipelineRun, {
    admit: ({ operation, subresource, object, old }) => {
      if (operation !== 'update' || subresource !== undefined || old?.spec === undefined || object.spec === undefined) return undefined;
      const { cancel: _now, ...now } = object.spec;
      const { cancel: _before, ...before } = old.spec;
      if (JSON.stringify(now) !== JSON.stringify(before)) return { refuse: invalid('a pipeline run cannot be changed: start a new one') };
      return undefined;
    },
  });
}
