import { type Case, clusters, failure, good } from '../case.ts';
import type { Answer, KubeObject } from '../client.ts';
import { exactly } from '../match.ts';
import type { PatchType, Subject } from '../subject.ts';
import { container, create, deployment, deployments, patch, service, services } from './built-in-objects.ts';

const portsOf = ({ spec }: KubeObject): unknown => (spec as { ports: unknown }).ports;
const containersOf = ({ spec }: KubeObject): unknown => (spec as { template: { spec: { containers: unknown } } }).template.spec.containers;

/** Makes an object, patches it, and answers what a look at the result finds. */
async function patched(
  s: Subject,
  of: { collection: string; object: object; type: PatchType; body: object; look: (object: KubeObject) => unknown; query?: string },
): Promise<unknown> {
  const made = good(await create(s, of.collection, of.object)).object;
  const answer = await patch(s, {
    path: `${of.collection}/${made.metadata.name}`,
    type: of.type,
    body: of.body,
    ...(of.query === undefined ? {} : { query: of.query }),
  });
  return answer.status === 200 ? of.look(answer.object) : answer;
}

export const mergeKeyCases: readonly Case[] = [
  {
    id: 'merge-keys/ports-by-port',
    because: 'a port is told apart by its number',
    on: clusters,
    run: (s) =>
      patched(s, {
        collection: services(s),
        object: service(s, [
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ]),
        type: 'strategic-merge-patch+json',
        body: {
          spec: {
            ports: [
              { port: 81, targetPort: 8081 },
              { name: 'c', port: 82 },
            ],
          },
        },
        look: portsOf,
      }),
    expect: () => [
      { name: 'a', port: 80, targetPort: 80 },
      { name: 'b', port: 81, targetPort: 8081 },
      { name: 'c', port: 82, targetPort: 82, protocol: 'TCP' },
    ],
  },
  {
    id: 'merge-keys/delete-item',
    because: 'an item is taken out by its key',
    on: clusters,
    run: (s) =>
      patched(s, {
        collection: services(s),
        object: service(s, [
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ]),
        type: 'strategic-merge-patch+json',
        body: { spec: { ports: [{ $patch: 'delete', port: 80 }] } },
        look: portsOf,
      }),
    expect: () => [{ name: 'b', port: 81 }],
  },
  {
    id: 'merge-keys/replace-list',
    because: 'or the list replaced whole',
    on: clusters,
    run: (s) =>
      patched(s, {
        collection: services(s),
        object: service(s, [
          { name: 'a', port: 80 },
          { name: 'b', port: 81 },
        ]),
        type: 'strategic-merge-patch+json',
        body: { spec: { ports: [{ $patch: 'replace' }, { name: 'c', port: 82 }] } },
        look: portsOf,
      }),
    expect: () => [{ name: 'c', port: 82 }],
  },
  {
    id: 'merge-keys/containers-by-name',
    because: 'kubectl set image changes one container',
    on: clusters,
    run: (s) =>
      patched(s, {
        collection: deployments(s),
        object: deployment(s, [container('a', { env: [{ name: 'X', value: '1' }] }), container('b')]),
        type: 'strategic-merge-patch+json',
        body: {
          spec: { template: { spec: { containers: [{ name: 'a', image: 'example.com/nothing:2', env: [{ name: 'Y', value: '2' }] }] } } },
        },
        look: containersOf,
      }),
    expect: () => [
      {
        name: 'a',
        image: 'example.com/nothing:2',
        env: [
          { name: 'Y', value: '2' },
          { name: 'X', value: '1' },
        ],
      },
      { name: 'b', image: 'example.com/nothing:1' },
    ],
  },
  {
    id: 'merge-keys/element-order',
    because: 'kubectl apply keeps the order of the manifest',
    on: clusters,
    run: (s) =>
      patched(s, {
        collection: deployments(s),
        object: deployment(s, [container('a'), container('b')]),
        type: 'strategic-merge-patch+json',
        body: {
          spec: {
            template: {
              spec: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }], containers: [container('c')] },
            },
          },
        },
        look: containersOf,
      }),
    expect: () => [{ name: 'c' }, { name: 'b' }, { name: 'a' }],
  },
  {
    id: 'merge-keys/retain-keys',
    because: 'one of several alternatives replaces the others',
    on: clusters,
    run: (s) =>
      patched(s, {
        collection: deployments(s),
        object: deployment(s, [container('a')], { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
        type: 'strategic-merge-patch+json',
        body: { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
        look: ({ spec }) => (spec as { strategy: unknown }).strategy,
      }),
    expect: () => exactly({ type: 'Recreate' }),
  },
  {
    id: 'merge-keys/atomic-list',
    because: 'arguments are one value',
    on: clusters,
    run: (s) =>
      patched(s, {
        collection: deployments(s),
        object: deployment(s, [container('a', { args: ['x', 'y'] })]),
        type: 'strategic-merge-patch+json',
        body: { spec: { template: { spec: { containers: [{ name: 'a', args: ['z'] }] } } } },
        look: containersOf,
      }),
    expect: () => [{ args: ['z'] }],
  },
  {
    id: 'merge-keys/key-missing',
    because: "an item without its key is nobody's",
    on: clusters,
    run: (s) =>
      patched(s, {
        collection: deployments(s),
        object: deployment(s, [container('a')]),
        type: 'strategic-merge-patch+json',
        body: { spec: { template: { spec: { containers: [{ image: 'example.com/other' }] } } } },
        look: containersOf,
      }),
    expect: () => ({ status: 500, body: { message: 'map: map[image:example.com/other] does not contain declared merge key: name' } }),
  },
];

const apply = (s: Subject, collection: string, of: { manager: string; object: object; query?: string }): Promise<Answer> => {
  const { name } = (of.object as KubeObject).metadata;
  return patch(s, {
    path: `${collection}/${name}`,
    type: 'apply-patch+yaml',
    body: of.object,
    query: `?fieldManager=${of.manager}${of.query ?? ''}`,
  });
};
const fieldsOf = ({ metadata }: KubeObject, manager: string): unknown =>
  metadata.managedFields?.find((one) => one.manager === manager)?.fieldsV1;

export const applyListCases: readonly Case[] = [
  {
    id: 'apply-lists/ports',
    because: 'two managers have a port each',
    on: clusters,
    run: async (s) => {
      good(await apply(s, services(s), { manager: 'a', object: service(s, [{ name: 'a', port: 80 }]) }));
      const { object } = good(
        await apply(s, services(s), { manager: 'b', object: service(s, [{ name: 'b', port: 81, protocol: 'UDP' }]) }),
      );
      return { ports: portsOf(object), fields: fieldsOf(object, 'b') };
    },
    expect: () => ({
      ports: [
        { port: 80, protocol: 'TCP' },
        { port: 81, protocol: 'UDP' },
      ],
      fields: exactly({
        'f:spec': {
          'f:clusterIP': {},
          'f:ports': { 'k:{"port":81,"protocol":"UDP"}': { '.': {}, 'f:name': {}, 'f:port': {}, 'f:protocol': {} } },
        },
      }),
    }),
  },
  {
    id: 'apply-lists/default-of-a-key',
    because: 'a key that is left out has its default',
    on: clusters,
    run: async (s) => {
      const { object } = good(await apply(s, services(s), { manager: 'a', object: service(s, [{ name: 'a', port: 80 }]) }));
      return fieldsOf(object, 'a');
    },
    expect: () =>
      exactly({
        'f:spec': { 'f:clusterIP': {}, 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } } },
      }),
  },
  {
    id: 'apply-lists/item-removed',
    because: "what a manager no longer lists goes, the other's stays",
    on: clusters,
    run: async (s) => {
      good(
        await apply(s, services(s), {
          manager: 'a',
          object: service(s, [
            { name: 'a', port: 80 },
            { name: 'c', port: 82 },
          ]),
        }),
      );
      good(await apply(s, services(s), { manager: 'b', object: service(s, [{ name: 'b', port: 81 }]) }));
      return portsOf(good(await apply(s, services(s), { manager: 'a', object: service(s, [{ name: 'a', port: 80 }]) })).object);
    },
    expect: () => [{ port: 80 }, { port: 81 }],
  },
  {
    id: 'apply-lists/order',
    because: 'what is applied keeps its own order',
    on: clusters,
    run: async (s) => {
      good(await apply(s, deployments(s), { manager: 'a', object: deployment(s, [container('a'), container('b')]) }));
      const { object } = good(
        await apply(s, deployments(s), { manager: 'a', object: deployment(s, [container('b'), container('new'), container('a')]) }),
      );
      return containersOf(object);
    },
    expect: () => [{ name: 'b' }, { name: 'new' }, { name: 'a' }],
  },
  {
    id: 'apply-lists/conflict-inside-an-item',
    because: 'the place of a conflict is told down to the field of the item',
    on: clusters,
    run: async (s) => {
      good(await apply(s, deployments(s), { manager: 'a', object: deployment(s, [container('a', { env: [{ name: 'X', value: '1' }] })]) }));
      return apply(s, deployments(s), { manager: 'b', object: deployment(s, [container('a', { env: [{ name: 'X', value: '2' }] })]) });
    },
    expect: () =>
      failure(
        409,
        'Conflict',
        'Apply failed with 1 conflict: conflict with "a": .spec.template.spec.containers[name="a"].env[name="X"].value',
        {
          causes: [
            {
              reason: 'FieldManagerConflict',
              message: 'conflict with "a"',
              field: '.spec.template.spec.containers[name="a"].env[name="X"].value',
            },
          ],
        },
      ),
  },
  {
    id: 'apply-lists/conflict-of-an-atomic-list',
    because: 'a list that is one value conflicts as one',
    on: clusters,
    run: async (s) => {
      good(await apply(s, deployments(s), { manager: 'a', object: deployment(s, [container('a', { args: ['x'] })]) }));
      return apply(s, deployments(s), { manager: 'b', object: deployment(s, [container('a', { args: ['x', 'y'] })]) });
    },
    expect: () => ({
      status: 409,
      body: { message: 'Apply failed with 1 conflict: conflict with "a": .spec.template.spec.containers[name="a"].args' },
    }),
  },
  {
    id: 'apply-lists/selector-is-atomic',
    because: 'a selector is one value',
    on: clusters,
    run: async (s) => fieldsOf(good(await apply(s, deployments(s), { manager: 'a', object: deployment(s, [container('a')]) })).object, 'a'),
    expect: () =>
      exactly({
        'f:spec': {
          'f:replicas': {},
          'f:selector': {},
          'f:template': {
            'f:metadata': { 'f:labels': { 'f:app': {} } },
            'f:spec': { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
          },
        },
      }),
  },
  {
    id: 'apply-lists/scaled-by-another',
    because: 'who leaves replicas out lets an autoscaler have them',
    on: clusters,
    run: async (s) => {
      good(await apply(s, deployments(s), { manager: 'a', object: deployment(s, [container('a')]) }));
      good(
        await patch(s, {
          path: `${deployments(s)}/${s.own}`,
          type: 'merge-patch+json',
          body: { metadata: { labels: { by: 'hand' } } },
          query: '?fieldManager=hand',
        }),
      );
      const { object } = good(
        await apply(s, deployments(s), { manager: 'a', object: deployment(s, [container('a')], { replicas: undefined }) }),
      );
      return { replicas: (object.spec as { replicas: number }).replicas, labels: object.metadata.labels };
    },
    expect: () => ({ replicas: 1, labels: { by: 'hand' } }),
  },
];
