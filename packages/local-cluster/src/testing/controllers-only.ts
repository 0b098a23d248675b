import { randomBytes } from 'node:crypto';
import { Pod } from '@fairway/contracts/builtin';
import { silentLog } from '@fairway/resources/log';
import {
  type AnyResource,
  type Cause,
  type Clock,
  type Kind,
  keyOf,
  type Resource,
  type ResourceOf,
  type Resources,
  reconcilerCaller,
  timestamp,
} from '@fairway/resources/model';
import { startControllers, startGarbageCollector } from '@fairway/resources/reconcile';
import { createKindRegistry, openResources, openSqliteDatabase } from '@fairway/resources/store';
import { createVirtualClock } from '@fairway/resources/testing';
import { registerKinds } from '../api/register-kinds.ts';
import { createControllers, createDefaultObjects, createNameSuffix } from '../controllers/index.ts';
import { virtualHosts } from '../proxy/index.ts';

export type PodObject = ResourceOf<typeof Pod>;
const nodeFinalizer = 'test.fairway.dev/node';

interface Deps {
  clock: Clock;
  resources: Resources;
  cause: Cause;
}

/** What the test does in the node's place. */
function createNodeActor({ clock, resources, cause }: Deps) {
  let nextPort = 20_000;
  const rewrite = async (pod: PodObject, rewritten: (current: PodObject) => PodObject, subresource?: 'status'): Promise<void> => {
    const change = (current: Resource | undefined) => (current === undefined ? undefined : rewritten(current as PodObject));
    const part = subresource === undefined ? {} : { subresource };
    await resources.commit(cause, [{ op: 'mutate', kind: Pod, key: keyOf(pod), change, ...part }]);
  };
  const say = (pod: PodObject, status: NonNullable<PodObject['status']>): Promise<void> =>
    rewrite(pod, (current) => ({ ...current, status: { ...current.status, ...status } }), 'status');
  const ready = (status: 'True' | 'False') => [{ type: 'Ready', status, lastTransitionTime: timestamp(clock.now()) } as const];
  return {
    /** The node says that a pod runs and is ready. */
    makeReady: async (pod: PodObject): Promise<void> => {
      nextPort += 1;
      const annotations = { 'fairway.dev/ports': JSON.stringify({ 8080: nextPort }) };
      await rewrite(pod, ({ metadata, ...rest }) => ({
        ...rest,
        metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } },
      }));
      await say(pod, { phase: 'Running', podIP: '127.0.0.1', conditions: ready('True') });
    },
    /** The node says that a pod has ended, by itself or because the node ended it. */
    end: (pod: PodObject, phase: 'Succeeded' | 'Failed', isDisrupted = false): Promise<void> => {
      const terminated = { exitCode: phase === 'Failed' ? 1 : 0, finishedAt: timestamp(clock.now()) };
      const main = { name: 'main', ready: false, restartCount: 0, image: 'x', imageID: 'x', state: { terminated } };
      const disruption = { type: 'DisruptionTarget', status: 'True', lastTransitionTime: timestamp(clock.now()) } as const;
      const conditions = [...ready('False'), ...(isDisrupted ? [disruption] : [])];
      return say(pod, { phase, conditions, containerStatuses: [main] });
    },
    /** The node lets go of the pods that are marked as deleted. */
    letGo: async (): Promise<number> => {
      const { items } = await resources.list(Pod, {});
      const leaving = items.filter(
        ({ metadata }) => metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(nodeFinalizer) === true,
      );
      const released = ({ metadata, ...rest }: PodObject): PodObject => ({
        ...rest,
        metadata: { ...metadata, finalizers: (metadata.finalizers ?? []).filter((name) => name !== nodeFinalizer) },
      });
      for (const pod of leaving) await rewrite(pod, released);
      return leaving.length;
    },
  };
}

/** A cluster without a node agent: the test plays the node. Time is the test's; the store is the real one. */
export async function openControllers() {
  const clock = createVirtualClock();
  const kinds = createKindRegistry();
  // The node holds its pods, as the real one does.
  const hold = (pod: PodObject): PodObject =>
    pod.metadata.deletionTimestamp === undefined && !pod.metadata.finalizers?.includes(nodeFinalizer)
      ? { ...pod, metadata: { ...pod.metadata, finalizers: [...(pod.metadata.finalizers ?? []), nodeFinalizer] } }
      : pod;
  registerKinds(kinds, { podRules: { default: hold }, addressPlan: virtualHosts('test') });
  const database = openSqliteDatabase({ path: ':memory:', clock });
  const resources = await openResources({ database, kinds, clock });
  const cause = { caller: reconcilerCaller('test'), action: 'test.act' };
  await createDefaultObjects(resources, cause);
  await resources.commit(cause, [{ op: 'create', object: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'here' } } }]);
  const removedVolumes: string[] = [];
  let perPod = { cpu: 0, memory: 0 };
  /** Every pod uses what the test says. */
  const usage = async () =>
    (await resources.list(Pod, {})).items.map(({ metadata: { name, namespace = '' } }) => ({
      namespace,
      pod: name,
      container: 'main',
      ...perPod,
    }));
  const folders = {
    pathOf: (volume: string) => `/volumes/${volume}`,
    remove: async (volume: string) => {
      removedVolumes.push(volume);
    },
  };
  const controllers = createControllers({ nodeName: 'here', nameSuffix: createNameSuffix(randomBytes), folders, usage });
  const loop = await startControllers({ resources, controllers, clock, log: silentLog, random: () => 0.5 });
  const collector = await startGarbageCollector({ resources, clock, log: silentLog, random: () => 0.5 });

  const list = async <K extends Kind>(kind: K, namespace = 'default'): Promise<ResourceOf<K>[]> =>
    (await resources.list(kind, { namespace })).items;
  const pods = async (): Promise<PodObject[]> => list(Pod);
  const change = async (kind: Kind, name: string, rewrite: (object: AnyResource) => Resource): Promise<void> => {
    const key = { namespace: 'default', name };
    await resources.commit(cause, [
      { op: 'mutate', kind, key, change: (current) => (current === undefined ? undefined : rewrite(current)) },
    ]);
  };
  return {
    clock,
    resources,
    cause,
    removedVolumes,
    use: (each: { cpu: number; memory: number }): void => {
      perPod = each;
    },
    list,
    pods,
    change,
    create: async (object: Resource): Promise<Resource> => (await resources.commit(cause, [{ op: 'create', object }]))[0]?.object ?? object,
    remove: async (kind: Kind, name: string): Promise<void> => {
      await resources.commit(cause, [{ op: 'delete', kind, key: { namespace: 'default', name }, propagation: 'background' }]);
    },
    ...createNodeActor({ clock, resources, cause }),
    close: async (): Promise<void> => {
      await loop.stop();
      await collector.stop();
      await resources.close();
    },
  };
}

export type ControllersOnly = Awaited<ReturnType<typeof openControllers>>;

/** A template of one container. */
export const template = (image: string, rest: Record<string, unknown> = {}) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: 8080 }] }], ...rest },
});

export const deployment = (spec: Record<string, unknown> = {}): Resource => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: template('one'), ...spec },
});
