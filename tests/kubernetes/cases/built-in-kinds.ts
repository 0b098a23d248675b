import { type Case, clusters, failure, good } from '../case.ts';
import type { KubeObject } from '../client.ts';
import { absent, exactly, holding, present } from '../match.ts';
import type { Subject } from '../subject.ts';
import { container, create, deployment, deployments, patch, service, services } from './built-in-objects.ts';

interface Slip {
  id: string;
  because: string;
  make: (s: Subject) => { collection: string; object: object };
  causes: readonly { reason: string; message: string; field: string }[];
}
const inDeployment =
  (containers: readonly object[], more: object = {}) =>
  (s: Subject) => ({ collection: deployments(s), object: deployment(s, containers, more) });
const inService =
  (ports: readonly object[], more: object = {}) =>
  (s: Subject) => ({ collection: services(s), object: service(s, ports, more) });
const required = (field: string, more = '') => ({ reason: 'FieldValueRequired', message: `Required value${more}`, field });

const slips: readonly Slip[] = [
  {
    id: 'no-image',
    because: 'a container runs something',
    make: inDeployment([{ name: 'a' }]),
    causes: [required('spec.template.spec.containers[0].image')],
  },
  { id: 'no-containers', because: 'a pod runs something', make: inDeployment([]), causes: [required('spec.template.spec.containers')] },
  {
    id: 'two-of-a-name',
    because: 'a container is named by its name',
    make: inDeployment([container('a'), container('a')]),
    causes: [{ reason: 'FieldValueDuplicate', message: 'Duplicate value: "a"', field: 'spec.template.spec.containers[1].name' }],
  },
  {
    id: 'selector-without-labels',
    because: 'a deployment must find its own pods',
    make: inDeployment([container('a')], { selector: { matchLabels: { app: 'other' } } }),
    causes: [
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: {"app":"x"}: `selector` does not match template `labels`',
        field: 'spec.template.metadata.labels',
      },
    ],
  },
  {
    id: 'negative-replicas',
    because: 'fewer than none is nonsense',
    make: inDeployment([container('a')], { replicas: -1 }),
    causes: [{ reason: 'FieldValueInvalid', message: 'Invalid value: -1: must be greater than or equal to 0', field: 'spec.replicas' }],
  },
  {
    id: 'port-out-of-range',
    because: 'ports end at 65535',
    make: inService([{ name: 'a', port: 70_000 }]),
    causes: ['port', 'targetPort'].map((field) => ({
      reason: 'FieldValueInvalid',
      message: 'Invalid value: 70000: must be between 1 and 65535, inclusive',
      field: `spec.ports[0].${field}`,
    })),
  },
  {
    id: 'two-unnamed-ports',
    because: 'two ports need names',
    make: inService([{ port: 80 }, { port: 81 }]),
    causes: [required('spec.ports[0].name'), required('spec.ports[1].name')],
  },
  {
    id: 'unknown-protocol',
    because: 'three protocols are known',
    make: inService([{ name: 'a', port: 80, protocol: 'ICMP' }]),
    causes: [
      {
        reason: 'FieldValueNotSupported',
        message: 'Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
        field: 'spec.ports[0].protocol',
      },
    ],
  },
];

const validations: readonly Case[] = [
  ...slips.map(
    ({ id, because, make, causes }): Case => ({
      id: `invalid/${id}`,
      because,
      on: clusters,
      run: (s) => {
        const { collection, object } = make(s);
        return create(s, collection, object);
      },
      expect: (s) => {
        const { object } = make(s);
        const { kind, apiVersion, metadata } = object as KubeObject;
        const group = apiVersion.includes('/') ? { group: apiVersion.split('/')[0] } : {};
        const told = causes.map(({ field, message }) => `${field}: ${message}`);
        const who = `${kind}${group.group === undefined ? '' : `.${group.group}`}`;
        return failure(422, 'Invalid', `${who} "${metadata.name}" is invalid: ${told.length === 1 ? told[0] : `[${told.join(', ')}]`}`, {
          name: metadata.name,
          ...group,
          kind,
          causes,
        });
      },
    }),
  ),
  {
    id: 'invalid/selector-is-immutable',
    because: 'a deployment that lost its pods would make others',
    on: clusters,
    run: async (s) => {
      good(await create(s, deployments(s), deployment(s, [container('a')])));
      const body = { spec: { selector: { matchLabels: { app: 'y' } }, template: { metadata: { labels: { app: 'y' } } } } };
      return patch(s, { path: `${deployments(s)}/${s.own}`, type: 'merge-patch+json', body });
    },
    expect: () => ({
      status: 422,
      body: { reason: 'Invalid', details: { causes: holding({ reason: 'FieldValueInvalid', field: 'spec.selector' }) } },
    }),
  },
  {
    id: 'invalid/immutable-configmap',
    because: 'what was made immutable stays',
    on: clusters,
    run: async (s) => {
      good(await s.create({ ...s.make(s.own, { a: '1' }), immutable: true }));
      return s.patch(s.own, 'merge-patch+json', { data: { a: '2' } });
    },
    expect: () => ({
      status: 422,
      body: {
        reason: 'Invalid',
        details: { causes: holding({ field: 'data', message: 'Forbidden: field is immutable when `immutable` is set' }) },
      },
    }),
  },
  {
    id: 'invalid/configmap-key',
    because: 'a key is a file name',
    on: clusters,
    run: (s) => s.create(s.make(s.own, { 'a b': '1' })),
    expect: () => ({
      status: 422,
      body: {
        reason: 'Invalid',
        details: {
          causes: [
            { reason: 'FieldValueInvalid', message: /^Invalid value: "a b": a valid config key must consist of /, field: 'data[a b]' },
          ],
        },
      },
    }),
  },
];

const defaults: readonly Case[] = [
  {
    id: 'defaults/deployment',
    because: 'what a person leaves out is told',
    on: clusters,
    run: async (s) => good(await create(s, deployments(s), deployment(s, [container('a')], { replicas: 0 }))).object.spec,
    expect: () => ({
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: {
        spec: {
          containers: [
            {
              imagePullPolicy: 'IfNotPresent',
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
              resources: exactly({}),
            },
          ],
          dnsPolicy: 'ClusterFirst',
          restartPolicy: 'Always',
          schedulerName: 'default-scheduler',
          securityContext: exactly({}),
          terminationGracePeriodSeconds: 30,
        },
      },
    }),
  },
  {
    id: 'defaults/service',
    because: 'a service has a type and an affinity',
    on: clusters,
    run: async (s) => good(await create(s, services(s), service(s, [{ port: 80 }]))).object.spec,
    expect: () => ({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    }),
  },
  {
    id: 'secret/string-data',
    because: 'text goes in and comes back as base64',
    on: clusters,
    run: async (s) => {
      const path = `/api/v1/namespaces/${s.namespace}/secrets`;
      return create(s, path, { apiVersion: 'v1', kind: 'Secret', metadata: { name: s.own }, stringData: { a: 'text' } });
    },
    expect: () => ({
      status: 201,
      body: { data: exactly({ a: Buffer.from('text').toString('base64') }), stringData: absent, type: 'Opaque' },
    }),
  },
  {
    id: 'namespace/ordinary',
    because: 'a namespace names itself by a label, and is active from its first moment',
    on: clusters,
    run: (s) => create(s, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: s.own } }),
    expect: (s) => ({
      status: 201,
      body: {
        metadata: { labels: { 'kubernetes.io/metadata.name': s.own } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      },
    }),
  },
  {
    id: 'namespace/deleted-with-content',
    because: 'a namespace goes when all in it has gone',
    on: clusters,
    run: async (subject) => {
      const s = await subject.alone();
      good(await s.create(s.make('inside')));
      const watching = await s.client.watch(`/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3D${s.namespace}`);
      await watching.take(1);
      const answer = await s.ask({ method: 'DELETE', path: `/api/v1/namespaces/${s.namespace}` });
      const late = await s.create(s.make('late'));
      const types = [];
      for (let event = await watching.next(); event !== undefined; event = await watching.next()) {
        types.push(event.type);
        if (event.type === 'DELETED') break;
      }
      watching.close();
      return { answer, late: { status: late.status, body: late.body }, last: types.at(-1), inside: (await s.get('inside')).status };
    },
    expect: (s) => ({
      answer: { status: 200, body: { kind: 'Namespace', metadata: { deletionTimestamp: present }, status: { phase: 'Terminating' } } },
      late: failure(
        403,
        'Forbidden',
        `configmaps "late" is forbidden: unable to create new content in namespace ${s.own} because it is being terminated`,
        {
          name: 'late',
          kind: 'configmaps',
          causes: [{ reason: 'NamespaceTerminating', message: `namespace ${s.own} is being terminated`, field: 'metadata.namespace' }],
        },
      ),
      last: 'DELETED',
      inside: 404,
    }),
  },
];

const scaleOf = (s: Subject): string => `${deployments(s)}/${s.own}/scale`;
const scales: readonly Case[] = [
  {
    id: 'scale/get',
    because: 'an autoscaler reads one form for all kinds',
    on: clusters,
    run: async (s) => {
      good(await create(s, deployments(s), deployment(s, [container('a')])));
      return s.ask({ path: scaleOf(s) });
    },
    expect: (s) => ({
      status: 200,
      body: {
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        metadata: { name: s.own, namespace: s.namespace, uid: present, resourceVersion: present },
        spec: {},
        status: { replicas: 0, selector: 'app=x' },
      },
    }),
  },
  {
    id: 'scale/put',
    because: 'kubectl scale puts a number',
    on: clusters,
    run: async (s) => {
      good(await create(s, deployments(s), deployment(s, [container('a')], { paused: true })));
      const { apiVersion, kind } = good(await s.ask({ path: scaleOf(s) })).object;
      const metadata = { name: s.own, namespace: s.namespace };
      const answer = await s.ask({ method: 'PUT', path: scaleOf(s), body: { apiVersion, kind, metadata, spec: { replicas: 3 } } });
      const after = good(await s.ask({ path: `${deployments(s)}/${s.own}` })).object.spec as { replicas: number };
      good(await s.ask({ method: 'DELETE', path: `${deployments(s)}/${s.own}` }));
      return { status: answer.status, spec: answer.object.spec, after: after.replicas };
    },
    expect: () => ({ status: 200, spec: { replicas: 3 }, after: 3 }),
  },
  {
    id: 'scale/patch',
    because: 'or patches it',
    on: clusters,
    run: async (s) => {
      good(await create(s, deployments(s), deployment(s, [container('a')], { paused: true })));
      const answer = await patch(s, { path: scaleOf(s), type: 'merge-patch+json', body: { spec: { replicas: 2 } } });
      good(await s.ask({ method: 'DELETE', path: `${deployments(s)}/${s.own}` }));
      return { status: answer.status, kind: answer.object.kind, spec: answer.object.spec };
    },
    expect: () => ({ status: 200, kind: 'Scale', spec: { replicas: 2 } }),
  },
  {
    id: 'scale/negative',
    because: 'fewer than none is nonsense',
    on: clusters,
    run: async (s) => {
      good(await create(s, deployments(s), deployment(s, [container('a')])));
      return patch(s, { path: scaleOf(s), type: 'merge-patch+json', body: { spec: { replicas: -1 } } });
    },
    expect: (s) =>
      failure(
        422,
        'Invalid',
        `Scale.autoscaling "${s.own}" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0`,
        {
          name: s.own,
          group: 'autoscaling',
          kind: 'Scale',
          causes: [
            { reason: 'FieldValueInvalid', message: 'Invalid value: -1: must be greater than or equal to 0', field: 'spec.replicas' },
          ],
        },
      ),
  },
  {
    id: 'scale/of-nothing',
    because: 'what is not there has no scale',
    on: clusters,
    run: (s) => s.ask({ path: scaleOf(s) }),
    expect: (s) => failure(404, 'NotFound', `deployments.apps "${s.own}" not found`, { name: s.own, group: 'apps', kind: 'deployments' }),
  },
];

export const builtInKindCases: readonly Case[] = [...validations, ...defaults, ...scales];
