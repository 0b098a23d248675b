import type { AnyResource, Resource } from '@fairway/resources/model';
import type { DataPlane, DataPlanes, HealthOf, ObjectKind, ObjectReference } from '#domains/delivery';

export interface FakeDataPlane extends DataPlane {
  /** Everything that lies there, in the order in which it came. */
  objects(): readonly AnyResource[];
  find(kind: string, name?: string): AnyResource | undefined;
  /** What a cluster's own controllers would write. */
  setStatus(reference: ObjectReference, status: Record<string, unknown>): void;
  /** Puts an object there past delivery, as somebody with kubectl would. */
  put(object: Resource): void;
  /** Every call fails with this until it is taken back. */
  failWith(error: Error | undefined): void;
  applied: number;
}

const idOf = ({ apiVersion, kind, namespace = '', name }: ObjectReference): string => `${apiVersion}/${kind}/${namespace}/${name}`;
const referenceOf = ({ apiVersion, kind, metadata }: Resource): ObjectReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
});

const matches = (object: AnyResource, selector: string): boolean =>
  selector.split(',').every((term) => {
    const [key = '', value] = term.split('=');
    const label = object.metadata.labels?.[key];
    return value === undefined ? label !== undefined : label === value;
  });

/** A cluster in memory. It keeps what is applied, fields of other managers included, and runs nothing. */
export function createFakeDataPlane(): FakeDataPlane {
  const stored = new Map<string, AnyResource>();
  const followers = new Set<(object: AnyResource) => void>();
  let failure: Error | undefined;
  let uid = 0;
  const guard = (signal: AbortSignal): void => {
    signal.throwIfAborted();
    if (failure !== undefined) throw failure;
  };
  const put = (object: Resource): AnyResource => {
    const id = idOf(referenceOf(object));
    const before = stored.get(id);
    uid += before === undefined ? 1 : 0;
    // A real cluster's status would speak of an older generation.
    const status = JSON.stringify(before?.spec) === JSON.stringify(object.spec) ? before?.status : undefined;
    const next: AnyResource = {
      ...structuredClone(object),
      metadata: { ...object.metadata, uid: before?.metadata.uid ?? `uid-${uid}` },
      ...(status === undefined ? {} : { status }),
    };
    if (JSON.stringify(next) === JSON.stringify(before)) return next;
    stored.set(id, next);
    for (const tell of followers) tell(next);
    return next;
  };
  const plane: FakeDataPlane = {
    applied: 0,
    objects: () => [...stored.values()],
    find: (kind, name) =>
      [...stored.values()].find((object) => object.kind === kind && (name === undefined || object.metadata.name === name)),
    setStatus: (reference, status) => {
      const object = stored.get(idOf(reference));
      if (object === undefined) throw new Error(`there is no ${reference.kind} ${reference.name}`);
      const next = { ...object, status };
      stored.set(idOf(reference), next);
      for (const tell of followers) tell(next);
    },
    put,
    failWith: (error) => {
      failure = error;
    },
    apply: async (object, _options, signal) => {
      guard(signal);
      plane.applied += 1;
      return put(object);
    },
    get: async (reference, signal) => {
      guard(signal);
      return stored.get(idOf(reference));
    },
    listByLabel: async (kinds: readonly ObjectKind[], labelSelector, signal) => {
      guard(signal);
      return [...stored.values()].filter(
        (object) =>
          kinds.some(({ apiVersion, kind }) => object.apiVersion === apiVersion && object.kind === kind) && matches(object, labelSelector),
      );
    },
    remove: async (reference, signal) => {
      guard(signal);
      const object = stored.get(idOf(reference));
      stored.delete(idOf(reference));
      if (object !== undefined) for (const tell of followers) tell(object);
    },
    ensureNamespace: async (name, labels, signal) => {
      guard(signal);
      const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labels } } };
      if (!stored.has(idOf(referenceOf(object)))) put(object);
    },
    ensurePullSecret: async (namespace, signal) => {
      guard(signal);
      put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'fairway-registry', namespace } });
    },
    follow: ({ kinds, labelSelector }, onChange, signal) => {
      const tell = (object: AnyResource): void => {
        if (kinds.some(({ kind }) => kind === object.kind) && matches(object, labelSelector)) onChange(object);
      };
      followers.add(tell);
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          followers.delete(tell);
          resolve();
        });
      });
    },
  };
  return plane;
}

/** One data plane for every environment. */
export const fakeDataPlanes = (plane: DataPlane): DataPlanes => ({
  forEnvironment: async () => plane,
  all: async () => [{ name: 'default', plane, connection: plane }],
});

/** Health as the status of the object says it: `{health, message}`; without one, workloads are progressing and everything else is healthy. */
export const fakeHealthOf: HealthOf = (object) => {
  const spec = (object.spec ?? {}) as { replicas?: number; suspend?: boolean };
  if (spec.replicas === 0 || spec.suspend === true) return { status: 'Suspended' };
  const said = (object.status ?? {}) as { health?: 'Healthy' | 'Progressing' | 'Degraded'; message?: string };
  const isWorkload = object.kind === 'Deployment' || object.kind === 'CronJob';
  return {
    status: said.health ?? (isWorkload ? 'Progressing' : 'Healthy'),
    ...(said.message === undefined ? {} : { message: said.message }),
  };
};
