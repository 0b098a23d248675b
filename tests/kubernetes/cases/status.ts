import { type Case, given, good, isCustom } from '../case.ts';
import type { Answer, KubeObject } from '../client.ts';
import { exactly, present } from '../match.ts';
import type { PatchType, Subject } from '../subject.ts';

const condition = (type: string, status: string) => ({
  type,
  status,
  reason: 'Tried',
  message: 'by a test',
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

/** An object with a status: the custom kind itself, or a Service, whose conditions no controller touches. */
interface WithStatus {
  path: string;
  make(): object;
  create(): Promise<Answer>;
  get(): Promise<Answer>;
  patch(at: string, type: PatchType, body: object, query?: string): Promise<Answer>;
  put(at: string, object: unknown): Promise<Answer>;
}
function withStatus(s: Subject): WithStatus {
  const collection = isCustom(s) ? s.collection : `/api/v1/namespaces/${s.namespace}/services`;
  const path = `${collection}/${s.own.slice(0, 40)}`;
  const name = s.own.slice(0, 40);
  const make = (): object =>
    isCustom(s)
      ? s.make(name, { a: '1' })
      : { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80 }] } };
  return {
    path,
    make,
    create: async () => good(await s.ask({ method: 'POST', path: collection, body: make() })),
    get: () => s.ask({ path }),
    patch: (at, type, body, query = '') => s.ask({ method: 'PATCH', path: `${path}${at}${query}`, type: `application/${type}`, body }),
    put: (at, object) => s.ask({ method: 'PUT', path: `${path}${at}`, body: object }),
  };
}
const conditionsOf = (object: KubeObject): unknown => (object.status as { conditions?: unknown } | undefined)?.conditions;
const wish = (s: Subject, value: string): object =>
  isCustom(s) ? s.fragment({ a: value }) : { spec: { sessionAffinity: value === '1' ? 'None' : 'ClientIP' } };
const wishOf = (s: Subject, object: KubeObject): unknown =>
  isCustom(s) ? s.dataOf(object) : (object.spec as { sessionAffinity: string }).sessionAffinity;
const first = (s: Subject): unknown => (isCustom(s) ? { a: '1' } : 'None');

export const statusCases: readonly Case[] = [
  {
    id: 'status/patch',
    because: 'a controller says how it stands',
    run: async (s) => {
      const one = withStatus(s);
      await one.create();
      const answer = await one.patch('/status', 'merge-patch+json', { status: { conditions: [condition('Ready', 'True')] } });
      return { status: answer.status, conditions: conditionsOf(answer.object), after: conditionsOf((await one.get()).object) };
    },
    expect: () => ({ status: 200, conditions: [condition('Ready', 'True')], after: [condition('Ready', 'True')] }),
  },
  {
    id: 'status/patch-leaves-spec',
    because: 'and changes no wish on the way',
    run: async (s) => {
      const one = withStatus(s);
      await one.create();
      const answer = await one.patch('/status', 'merge-patch+json', {
        ...wish(s, '2'),
        status: { conditions: [condition('Ready', 'True')] },
      });
      return { status: answer.status, wish: wishOf(s, answer.object) };
    },
    expect: (s) => ({ status: 200, wish: first(s) }),
  },
  {
    id: 'status/patch-leaves-labels',
    because: 'nor a label',
    run: async (s) => {
      const one = withStatus(s);
      await one.create();
      const answer = await one.patch('/status', 'merge-patch+json', {
        metadata: { labels: { a: 'b' } },
        status: { conditions: [condition('Ready', 'True')] },
      });
      return { status: answer.status, labels: answer.object.metadata.labels };
    },
    expect: (s) => ({ status: 200, labels: isCustom(s) ? undefined : { a: 'b' } }),
  },
  {
    id: 'status/put',
    because: 'client-go updates status with PUT',
    run: async (s) => {
      const one = withStatus(s);
      const { object } = await one.create();
      const answer = await one.put('/status', { ...object, status: { conditions: [condition('Ready', 'False')] } });
      return {
        status: answer.status,
        conditions: conditionsOf(answer.object),
        generation: answer.object.metadata.generation === object.metadata.generation,
      };
    },
    expect: () => ({ status: 200, conditions: [condition('Ready', 'False')], generation: true }),
  },
  {
    id: 'status/put-stale',
    because: 'of two controllers one learns that it was late',
    run: async (s) => {
      const one = withStatus(s);
      const { object } = await one.create();
      good(await one.patch('', 'merge-patch+json', { metadata: { labels: { a: 'b' } } }));
      return one.put('/status', { ...object, status: { conditions: [condition('Ready', 'False')] } });
    },
    expect: () => ({ status: 409, body: { reason: 'Conflict' } }),
  },
  {
    id: 'status/get',
    because: 'the subresource is read as the object is',
    run: async (s) => {
      const one = withStatus(s);
      const { object } = await one.create();
      const answer = await s.ask({ path: `${one.path}/status` });
      return { status: answer.status, kind: answer.object.kind, isSame: answer.object.metadata.uid === object.metadata.uid };
    },
    expect: (s) => ({ status: 200, kind: isCustom(s) ? s.kind : 'Service', isSame: true }),
  },
  {
    id: 'status/not-by-create',
    because: 'nothing is born ready',
    run: async (s) => {
      const one = withStatus(s);
      const path = one.path.slice(0, one.path.lastIndexOf('/'));
      const answer = await s.ask({ method: 'POST', path, body: { ...one.make(), status: { conditions: [condition('Ready', 'True')] } } });
      return { status: answer.status, conditions: conditionsOf(answer.object) };
    },
    expect: () => ({ status: 201, conditions: undefined }),
  },
  {
    id: 'status/not-by-update',
    because: 'a person that edits an object does not speak for its controller',
    run: async (s) => {
      const one = withStatus(s);
      await one.create();
      const answer = await one.patch('', 'merge-patch+json', { ...wish(s, '2'), status: { conditions: [condition('Ready', 'True')] } });
      return {
        status: answer.status,
        conditions: conditionsOf(answer.object),
        isChanged: JSON.stringify(wishOf(s, answer.object)) !== JSON.stringify(first(s)),
      };
    },
    expect: () => ({ status: 200, conditions: undefined, isChanged: true }),
  },
  {
    id: 'status/managed-fields',
    because: 'who speaks through the subresource is kept apart',
    run: async (s) => {
      const one = withStatus(s);
      await one.create();
      const { object } = await one.patch(
        '/status',
        'merge-patch+json',
        { status: { conditions: [condition('Ready', 'True')] } },
        '?fieldManager=controller',
      );
      return object.metadata.managedFields?.find(({ manager }) => manager === 'controller');
    },
    expect: (s) =>
      exactly({
        manager: 'controller',
        operation: 'Update',
        subresource: 'status',
        apiVersion: isCustom(s) ? s.apiVersion : 'v1',
        time: present,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:status': {
            ...(isCustom(s) ? { '.': {} } : {}),
            'f:conditions': {
              '.': {},
              'k:{"type":"Ready"}': { '.': {}, 'f:lastTransitionTime': {}, 'f:message': {}, 'f:reason': {}, 'f:status': {}, 'f:type': {} },
            },
          },
        },
      }),
  },
  {
    id: 'status/apply-conditions',
    because: 'two controllers apply a condition each',
    run: async (s) => {
      const one = withStatus(s);
      const { object } = await one.create();
      const say = (type: string) => ({
        apiVersion: object.apiVersion,
        kind: object.kind,
        metadata: { name: object.metadata.name },

        status: { conditions: [condition(type, 'True')] },
      });
      good(await one.patch('/status', 'apply-patch+yaml', say('Ready'), '?fieldManager=a'));
      const { object: both } = good(await one.patch('/status', 'apply-patch+yaml', say('Synced'), '?fieldManager=b'));
      const apart = both.metadata.managedFields
        ?.filter(({ operation }) => operation === 'Apply')
        .map(({ manager, subresource }) => `${manager} ${subresource}`);
      return { conditions: conditionsOf(both), apart: apart?.toSorted() };
    },
    expect: () => ({ conditions: [{ type: 'Ready' }, { type: 'Synced' }], apart: ['a status', 'b status'] }),
  },
  {
    id: 'status/of-a-kind-without',
    because: 'a kind without status has no such place',
    on: ['real', 'local'],
    run: async (s) => {
      await given(s);
      return (await s.ask({ path: `${s.path(s.own)}/status` })).status;
    },
    expect: () => 404,
  },
  {
    id: 'status/delete',
    because: 'a status is not deleted',
    run: async (s) => {
      const one = withStatus(s);
      await one.create();
      return s.ask({ method: 'DELETE', path: `${one.path}/status` });
    },
    expect: (s) => ({
      status: 405,
      body: {
        reason: 'MethodNotAllowed',
        message: isCustom(s)
          ? `delete is not supported on resources of kind "${s.qualified}"`
          : 'the server does not allow this method on the requested resource',
      },
    }),
  },
];
