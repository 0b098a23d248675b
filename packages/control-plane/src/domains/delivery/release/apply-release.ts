import { type AnyResource, isProblem, type Problem } from '@fairway/resources/model';
import type { ReleaseResource } from '../binding/binding-work.ts';
import { annotations, dataPlaneLabels, releaseFieldManager, type Scope, selectorOf } from '../labels.ts';
import type { DataPlane, OpenSecret } from '../ports.ts';
import { namespaceName } from '../render/names.ts';
import { entriesOf, identityOf, kindsOf, objectToApply, referenceOf, trackingSelector } from './release-objects.ts';

export interface ApplyContext {
  plane: DataPlane;
  scope: Scope;
  openSecret: OpenSecret;
  signal: AbortSignal;
}

/** What a cluster says no to will not become a yes by asking again soon; everything else is a surprise and goes up. */
const isRefusal = (error: unknown): error is Problem =>
  isProblem(error) && ['invalid', 'forbidden', 'not-found', 'conflict', 'too-large', 'gone'].includes(error.reason);

/** Applies every object in order and goes on after a refusal, so that one bad object does not hold up the others. Answers the refusals. */
export async function applyObjects(release: ReleaseResource, { plane, scope, openSecret, signal }: ApplyContext): Promise<string[]> {
  const namespace = namespaceName(scope);
  await plane.ensureNamespace(namespace, namespaceLabels(release, scope), signal);
  await plane.ensurePullSecret(namespace, signal);
  const open = (secret: string, version: number) => openSecret({ organization: scope.organization, secret, version }, signal);
  const refusals: string[] = [];
  for (const entry of entriesOf(release)) {
    try {
      const object = await objectToApply(release, entry, open);
      await plane.apply(object, { fieldManager: releaseFieldManager, force: true }, signal);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refusals.push(`${entry.object.kind} "${entry.object.metadata.name}": ${error.message}`);
    }
  }
  return refusals;
}

export interface Live {
  /** Objects of this release by identity. */
  objects: ReadonlyMap<string, AnyResource>;
  pods: readonly AnyResource[];
}

export async function observe(release: ReleaseResource, { plane, scope, signal }: ApplyContext): Promise<Live> {
  const [objects, pods] = await Promise.all([
    plane.listByLabel(kindsOf(release), trackingSelector(release), signal),
    plane.listByLabel([{ apiVersion: 'v1', kind: 'Pod' }], selectorOf(dataPlaneLabels(scope)), signal),
  ]);
  const mark = `${scope.organization}/${release.metadata.name}`;
  return {
    objects: new Map(objects.map((object) => [identityOf(object), object])),
    pods: pods.filter((pod) => pod.metadata.annotations?.[annotations.release] === mark),
  };
}

/**
 * Removes what this release no longer has. Secrets stay until everything is healthy: instances of the release before are still being replaced
 * and may start once more.
 */
export async function prune(
  release: ReleaseResource,
  live: Live,
  { plane, signal, isHealthy }: ApplyContext & { isHealthy: boolean },
): Promise<void> {
  const desired = new Set(entriesOf(release).map(({ object }) => identityOf(object)));
  for (const [identity, object] of live.objects) {
    if (desired.has(identity) || object.metadata.deletionTimestamp !== undefined) continue;
    if (object.kind === 'Secret' && !isHealthy) continue;
    await plane.remove(referenceOf(object), signal);
  }
}

const namespaceLabels = ({ metadata }: ReleaseResource, scope: Scope): Record<string, string> => {
  const {
    'organization-name': organization = '',
    'project-name': project = '',
    'environment-name': environment = '',
  } = dataPlaneLabels(scope);
  return {
    'openchoreo.dev/created-by': releaseFieldManager,
    'openchoreo.dev/release-namespace': organization,
    'openchoreo.dev/release-uid': metadata.uid ?? '',
    'openchoreo.dev/environment': environment,
    'openchoreo.dev/project': project,
    'organization-name': organization,
    'project-name': project,
    'environment-name': environment,
  };
};
