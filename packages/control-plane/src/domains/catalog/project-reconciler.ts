import { Component, Project } from '@fairway/contracts';
import { keyOf } from '@fairway/resources/model';
import { type Controller, progressing, settled } from '@fairway/resources/reconcile';

const batch = 100;

/** A project that goes takes its components along, however they were made; it waits until the last one is gone. */
export const projectController = (): Controller<typeof Project> => ({
  name: 'catalog/project',
  kind: Project,
  finalizer: 'openchoreo.dev/project-cleanup',
  reconcile: async () => ({ outcome: settled }),
  watches: [
    {
      kind: Component,
      wakes: ({ metadata, spec }) => {
        const name = (spec as { owner?: { projectName?: string } } | undefined)?.owner?.projectName;
        return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
      },
    },
  ],
  finalize: async ({ metadata }, { resources, cause }) => {
    const { items } = await resources.list(Component, {
      namespace: metadata.namespace ?? '',
      fieldSelector: `spec.owner.projectName=${metadata.name}`,
      limit: batch,
    });
    if (items.length === 0) return { outcome: settled };
    const present = items.filter((item) => item.metadata.deletionTimestamp === undefined);
    if (present.length > 0) {
      await resources.commit(
        cause('component.delete'),
        present.map((item) => ({ op: 'delete', kind: Component, key: keyOf(item) })),
      );
    }
    return { outcome: progressing('ProjectFinalizing', `${items.length} components of the project are being removed`, 2_000) };
  },
});
