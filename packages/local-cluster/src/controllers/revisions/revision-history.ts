import { createHash } from 'node:crypto';
import { ControllerRevision, type ControllerRevisionFields, type LabelSelector, type PodTemplateSpec } from '@fairway/contracts/builtin';
import { type Change, type Kind, keyOf, type Resource } from '@fairway/resources/model';
import type { ReconcileContext } from '@fairway/resources/reconcile';
import { templateText } from '../deployments/template-hash.ts';
import { claimOwned, ownerUnchanged } from '../pods/claim-owned.ts';
import { controllerReference, safeDigits } from '../pods/make-pod.ts';
import { isTerminating } from '../pods/pod-state.ts';

export type Revision = Resource<never, never> & ControllerRevisionFields;

/** Whose templates are kept: a StatefulSet or a DaemonSet. */
export interface Historian {
  kind: Kind;
  owner: Resource;
  selector: LabelSelector;
  template: PodTemplateSpec;
  collisions: number;
}

const hashLabel = 'controller.kubernetes.io/hash';
const hashChars = 10;

export const hashOf = (revision: Revision): string => revision.metadata.labels?.[hashLabel] ?? '';

/** The template that a revision keeps. `kubectl rollout undo` sends the same data as a patch, hence the directive in it. */
export function templateOf(revision: Revision): PodTemplateSpec {
  const data = revision.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined;
  const { $patch: _, ...template } = data?.spec?.template ?? { spec: { containers: [] } };
  return template;
}

const withNumber =
  (revision: number) =>
  (current: Resource | undefined): Resource | undefined =>
    current === undefined ? undefined : { ...current, ...{ revision } };

function newRevision({ kind, owner, template, collisions }: Historian, revision: number): Revision {
  const digest = createHash('sha256').update(templateText(template)).update(String(collisions)).digest();
  const hash = safeDigits(digest, hashChars);
  return {
    apiVersion: 'apps/v1',
    kind: ControllerRevision.kind,
    metadata: {
      name: `${owner.metadata.name}-${hash}`,
      namespace: owner.metadata.namespace ?? '',
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ownerReferences: [controllerReference(kind, owner)],
    },
    data: { spec: { template: { ...template, $patch: 'replace' } } },
    revision,
  };
}

const ascending = (a: Revision, b: Revision): number => a.revision - b.revision || (a.metadata.name < b.metadata.name ? -1 : 1);

/**
 * All revisions of an owner, the oldest first, the one of its present template last. That one is made where it is missing, and becomes the newest
 * again where the owner has gone back to it. Throws `already-exists` when an unrelated object has its name.
 */
export async function syncHistory(historian: Historian, { resources, cause }: ReconcileContext): Promise<Revision[]> {
  const { kind, owner, selector, template } = historian;
  const namespace = owner.metadata.namespace ?? '';
  const reference = controllerReference(kind, owner);
  const ownerTerminating = isTerminating(owner);
  const claim = {
    resources,
    cause: cause('revision.adopt'),
    kind: ControllerRevision,
    namespace,
    selector,
    owner: reference,
    ownerTerminating,
  };
  const all = ((await claimOwned(claim)) as Revision[]).toSorted(ascending);
  const wanted = templateText(template);
  const found = all.findLast((revision) => templateText(templateOf(revision)) === wanted);
  const next = (all.at(-1)?.revision ?? 0) + 1;
  if (found === undefined) {
    const created = newRevision(historian, next);
    const [, result] = await resources.commit(cause('revision.create'), [ownerUnchanged(kind, owner), { op: 'create', object: created }]);
    return [...all, (result?.object ?? created) as Revision];
  }
  if (found === all.at(-1)) return all;
  await resources.commit(cause('revision.renew'), [
    { op: 'mutate', kind: ControllerRevision, key: keyOf(found), change: withNumber(next) },
  ]);
  return [...all.filter((revision) => revision !== found), { ...found, revision: next }];
}

/** Revisions beyond the history limit that no pod has, the oldest first. */
export const outdatedRevisions = (all: readonly Revision[], living: ReadonlySet<string>, limit: number): Change[] => {
  const unused = all.filter(({ metadata }) => !living.has(metadata.name));
  return unused
    .slice(0, Math.max(0, unused.length - limit))
    .map((revision) => ({ op: 'delete', kind: ControllerRevision, key: keyOf(revision) }));
};
