import { Component, ComponentRelease, DeploymentRecord } from '@fairway/contracts';
import { type AnyResource, isProblem, type Key } from '@fairway/resources/model';
import { type Controller, progressing, settled } from '@fairway/resources/reconcile';
import { bindingRows } from '../binding/binding-kinds.ts';
import { bindingsOf } from '../binding/find-bindings.ts';
import { pruneRecords } from './prune-records.ts';
import { pruneReleases } from './prune-releases.ts';
import type { DeliveryRetention } from './retention.ts';

export interface ComponentScope {
  organization: string;
  component: string;
}

// Releases and records come by their watches; this finds what was too young then, and what a changed setting leaves over.
const resyncMs = 3_600_000;
const againMs = 100;

/** Keeps the history of a component short: the newest releases and deployment records, and all that something still names. */
export function retentionController(keep: DeliveryRetention): Controller {
  const controller: Controller<typeof Component> = {
    name: 'delivery/retention',
    kind: Component,
    conditionStyle: 'own',
    concurrency: 1,
    resyncMs,
    watches: [ComponentRelease, DeploymentRecord].map((kind) => ({ kind, wakes: componentOf })),
    reconcile: async ({ metadata }, context) => {
      const scope = { organization: metadata.namespace ?? '', component: metadata.name };
      const bindings = (await Promise.all(bindingRows.map((row) => bindingsOf(context.resources, row, scope)))).flat();
      try {
        let records = 0;
        for (const binding of bindings) records += await pruneRecords({ binding, keep }, context);
        const releases = await pruneReleases({ scope, bindings, keep }, context);
        if (records > 0) keep.removed('deployment-records', records);
        if (releases > 0) keep.removed('releases', releases);
        return { outcome: records + releases === 0 ? settled : progressing('Pruning', 'older releases are being removed', againMs) };
      } catch (error) {
        // Needed again, or gone, since it was looked at: look again.
        if (!isProblem(error, 'conflict') && !isProblem(error, 'not-found')) throw error;
        return { outcome: progressing('Pruning', error.message, againMs) };
      }
    },
  };
  return controller as unknown as Controller;
}

const componentOf = ({ metadata, spec }: AnyResource): readonly Key[] => {
  const name = (spec as { owner?: { componentName?: string } } | undefined)?.owner?.componentName;
  return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
};
