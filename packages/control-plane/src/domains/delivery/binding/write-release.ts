import { Release } from '@fairway/contracts';
import { apiVersionOf, isProblem, type OwnerReference } from '@fairway/resources/model';
import { canonicalJson } from '../canonical-digest.ts';
import { controlPlaneLabels } from '../labels.ts';
import type { BindingWork, ReleaseResource, Step } from './binding-work.ts';
import { stopWaiting } from './binding-work.ts';

/** Puts the rendered objects where the release reconciler finds them. The same objects are no write. */
export const writeRelease: Step = async (work, { resources, cause }) => {
  const key = { namespace: work.scope.organization, name: work.binding.metadata.name };
  const current = await resources.get(Release, key);
  const desired = desiredRelease(work);
  const problem = current === undefined ? 'ReleaseCreationFailed' : 'ReleaseUpdateFailed';
  if (current !== undefined && (current.metadata.deletionTimestamp !== undefined || isOfPredecessor(current, work))) {
    return stopWaiting(
      'ResourceHealthProgressing',
      'The objects of an earlier binding of this name are still being removed',
      work.dependencies,
    );
  }
  if (current !== undefined && !isOurs(current, work)) {
    const owner = current.metadata.ownerReferences?.[0];
    const message = `Release "${key.name}" belongs to ${owner?.kind ?? 'another object'} "${owner?.name ?? ''}": give this binding another name`;
    return stopWaiting(problem, message, work.dependencies);
  }
  if (current !== undefined && canonicalJson(current.spec) === canonicalJson({ ...current.spec, ...desired.spec })) {
    return { next: { ...work, release: current } };
  }
  try {
    const [written] = await resources.commit(cause(current === undefined ? 'release.create' : 'release.update'), [
      current === undefined ? { op: 'create', object: desired } : { op: 'replace', object: replaced(current, desired) },
    ]);
    return { next: { ...work, release: written?.object as ReleaseResource | undefined } };
  } catch (error) {
    if (isProblem(error) && (error.reason === 'invalid' || error.reason === 'too-large'))
      return stopWaiting(problem, error.message, work.dependencies);
    throw error;
  }
};

const isOurs = (release: ReleaseResource, { binding }: BindingWork): boolean =>
  (release.metadata.ownerReferences ?? []).some(({ uid }) => uid === binding.metadata.uid);

/** Of a binding that was deleted and made again: the garbage collector is about to take it. */
const isOfPredecessor = (release: ReleaseResource, { binding }: BindingWork): boolean =>
  (release.metadata.ownerReferences ?? []).some(
    ({ kind, name, uid }) => kind === binding.kind && name === binding.metadata.name && uid !== binding.metadata.uid,
  );

const replaced = (current: ReleaseResource, desired: ReleaseResource): ReleaseResource => ({
  ...current,
  metadata: { ...current.metadata, labels: { ...current.metadata.labels, ...desired.metadata.labels } },
  spec: { ...current.spec, ...desired.spec } as NonNullable<ReleaseResource['spec']>,
});

function desiredRelease({ binding, spec, scope, resources }: BindingWork): ReleaseResource {
  const owner: OwnerReference = {
    apiVersion: binding.apiVersion,
    kind: binding.kind,
    name: binding.metadata.name,
    uid: binding.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
  return {
    apiVersion: apiVersionOf(Release),
    kind: Release.kind,
    metadata: {
      namespace: scope.organization,
      name: binding.metadata.name,
      labels: controlPlaneLabels(scope),
      ownerReferences: [owner],
    },
    spec: { owner: spec.owner, environmentName: scope.environment, resources: resources.map(({ id, object }) => ({ id, object })) },
  };
}
