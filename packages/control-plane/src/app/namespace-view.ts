import { Organization } from '@fairway/contracts';
import { Namespace } from '@fairway/contracts/builtin';
import type { VirtualKind } from '@fairway/kubernetes/server';
import { apiVersionOf, type Resource, type Resources, type WatchEvent } from '@fairway/resources/model';

/** Namespaces of the platform's own API: a view of organizations, so that kubectl finds what it expects. */
export function namespaceView(resources: Resources): VirtualKind {
  const view = ({ metadata }: Resource): Resource => ({
    apiVersion: apiVersionOf(Namespace),
    kind: Namespace.kind,
    metadata: { ...metadata, labels: { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating' },
  });
  const mayOf = (organization: string | undefined, name: string): boolean => organization === undefined || organization === name;
  return {
    kind: Namespace,
    get: async ({ name }, caller) => {
      const found = mayOf(caller.organization, name) ? await resources.get(Organization, { name }) : undefined;
      return found === undefined ? undefined : view(found);
    },
    list: async (query, caller) => {
      const page = await resources.list(Organization, query);
      return { ...page, items: page.items.filter(({ metadata }) => mayOf(caller.organization, metadata.name)).map(view) };
    },
    watch: async function* (query, signal, caller): AsyncGenerator<WatchEvent> {
      for await (const event of resources.watch(Organization, query, signal)) {
        if (event.type === 'BOOKMARK') yield event;
        else if (mayOf(caller.organization, event.key.name))
          yield { ...event, text: JSON.stringify(view(JSON.parse(event.text) as Resource)) };
      }
    },
  };
}
