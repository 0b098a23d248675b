import { Deployment, ReplicaSet } from '@fairway/contracts/builtin';
import { type AnyResource, lastAppliedAnnotation, type Resource } from '@fairway/resources/model';
import { controllerReference } from '../pods/make-pod.ts';
import type { ReplicaSetObject } from '../replica-sets/replica-set-controller.ts';
import { boundsOf } from './plan-rollout.ts';
import { type DeploymentObject, desiredAnnotation, maxAnnotation, revisionAnnotation, revisionOf } from './replica-sets-of.ts';
import { templateHash, templateHashLabel } from './template-hash.ts';

const historyAnnotation = 'deployment.kubernetes.io/revision-history';
/** Written by us or by kubectl about the Deployment itself: these say nothing about a set. */
const notCopied = new Set([
  lastAppliedAnnotation,
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  'deprecated.deployment.rollback.to',
]);

const numbersOf = (deployment: DeploymentObject): Record<string, string> => {
  if (deployment.spec === undefined) return {};
  const { replicas, surge } = boundsOf(deployment.spec);
  return { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(replicas + surge) };
};

/** Annotations that the set of the current template should have. A set that becomes current again gets a new revision. */
export function annotationsOfSet(deployment: DeploymentObject, set: ReplicaSetObject | undefined, old: readonly ReplicaSetObject[]) {
  const newest = old.reduce((highest, other) => Math.max(highest, revisionOf(other)), 0);
  const has = set === undefined ? 0 : revisionOf(set);
  const revision = has > newest ? has : newest + 1;
  const copied = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key));
  const earlier = set?.metadata.annotations?.[historyAnnotation];
  const history = has > 0 && has !== revision ? { [historyAnnotation]: [earlier, has].filter((part) => part !== undefined).join(',') } : {};
  return { revision, annotations: { ...Object.fromEntries(copied), ...history, [revisionAnnotation]: String(revision) } };
}

/** Gives a set another number of pods. */
export const scaled =
  (deployment: DeploymentObject, replicas: number) =>
  (current: AnyResource | undefined): Resource | undefined =>
    current === undefined
      ? undefined
      : {
          ...current,
          metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, ...numbersOf(deployment) } },
          spec: { ...(current as ReplicaSetObject).spec, replicas },
        };

/** The set of the current template, as it is created. */
export function newReplicaSet(deployment: DeploymentObject, old: readonly ReplicaSetObject[], replicas: number): Resource {
  const { spec, metadata } = deployment;
  if (spec === undefined) throw new Error(`deployment "${metadata.name}" has no spec`);
  const hash = templateHash(spec.template, deployment.status?.collisionCount);
  const hashed = { [templateHashLabel]: hash };
  const labels = { ...spec.template.metadata?.labels, ...hashed };
  return {
    apiVersion: 'apps/v1',
    kind: ReplicaSet.kind,
    metadata: {
      name: `${metadata.name}-${hash}`,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels,
      annotations: { ...annotationsOfSet(deployment, undefined, old).annotations, ...numbersOf(deployment) },
      ownerReferences: [controllerReference(Deployment, deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, ...hashed } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
}
