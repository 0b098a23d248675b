import { type BindingSpec, ComponentRelease, type ComponentReleaseSpec } from '@fairway/contracts';
import {
  type AdmissionChange,
  apiVersionOf,
  type FactQuery,
  type Facts,
  type FieldProblem,
  invalid,
  type OwnerReference,
  type Problem,
  type Resource,
} from '@fairway/resources/model';
import { annotations } from '../labels.ts';
import type { BindingResource, BindingRow } from './binding-kinds.ts';
import { contentHash, contentOf, type ReleaseContent } from './release-content.ts';

export type ReleaseResource = Resource<ComponentReleaseSpec>;
type Decision = { spec: BindingSpec; release?: ReleaseResource } | { refuse: Problem };

interface Question {
  row: BindingRow;
  change: AdmissionChange<BindingResource>;
  spec: BindingSpec;
  releases: KnownReleases;
  owner: OwnerReference | undefined;
}

/** What a decision looks at: a few of a component's releases, of however many there are. */
interface KnownReleases {
  /** The one that the binding names. */
  named: ReleaseResource | undefined;
  /** Those of the same content. */
  same: readonly ReleaseResource[];
  newest: readonly ReleaseResource[];
}

/** The newest has the highest number, but for one that somebody restored by hand. */
const lookedAtForNumbers = 10;

export function releaseFacts(of: {
  row: BindingRow;
  namespace: string;
  spec: BindingSpec | undefined;
  old: BindingSpec | undefined;
}): FactQuery[] {
  const { row, namespace, spec, old } = of;
  const ofComponent = `spec.owner.componentName=${spec?.owner.componentName ?? ''}`;
  const name = spec?.componentRelease ?? old?.componentRelease ?? '';
  const content = contentOf(spec);
  const hash = content === undefined ? '' : contentHash(row.type, content);
  return [
    { name: 'named', kind: ComponentRelease, key: { namespace, name } },
    { name: 'same', kind: ComponentRelease, namespace, fieldSelector: `${ofComponent},spec.hash=${hash}` },
    { name: 'newest', kind: ComponentRelease, namespace, fieldSelector: ofComponent, newest: lookedAtForNumbers },
  ];
}

export const knownReleases = (facts: Facts): KnownReleases => ({
  named: facts.object<ReleaseResource>('named'),
  same: facts.list<ReleaseResource>('same'),
  newest: facts.list<ReleaseResource>('newest'),
});

/** Which release a write means, what the spec is then, and the release to make if there is none yet. */
export function decideRelease(question: Question): Decision {
  const { row, change, spec } = question;
  const old = change.old?.spec;
  const sentRelease = spec.componentRelease !== undefined && spec.componentRelease !== old?.componentRelease;
  const content = contentOf(spec);
  const oldContent = contentOf(old);
  const sentContent =
    content !== undefined && (oldContent === undefined || contentHash(row.type, content) !== contentHash(row.type, oldContent));
  if (sentContent && !sentRelease) return releaseOfContent(question, content);
  const name = spec.componentRelease ?? old?.componentRelease;
  if (name === undefined) {
    if (content !== undefined) return releaseOfContent(question, content);
    return {
      refuse: invalid(`${row.binding.kind} "${change.object.metadata.name}" says neither what runs nor which release of it.`, [
        required('spec.workloadSpec'),
      ]),
    };
  }
  if (content !== undefined && !sentContent && !sentRelease) return { spec: { ...spec, componentRelease: name } };
  return contentOfRelease(question, name, sentContent ? content : undefined);
}

/** The release with the same content, or a new one with the next number. */
function releaseOfContent({ row, change, spec, releases, owner }: Question, content: ReleaseContent): Decision {
  const hash = contentHash(row.type, content);
  const known = releases.same.find((release) => release.spec?.owner.projectName === spec.owner.projectName && !isLeftOver(release, owner));
  if (known !== undefined) return { spec: { ...spec, componentRelease: known.metadata.name } };
  const number = Math.max(0, ...releases.newest.map((release) => release.spec?.number ?? 0)) + 1;
  const said = change.object.metadata.annotations ?? {};
  const optional = { commit: said[annotations.commit], build: said[annotations.build], toolchain: said[annotations.toolchain] };
  const release: ReleaseResource = {
    apiVersion: apiVersionOf(ComponentRelease),
    kind: ComponentRelease.kind,
    metadata: {
      name: `${spec.owner.componentName}-v${number}`,
      ...(change.object.metadata.namespace === undefined ? {} : { namespace: change.object.metadata.namespace }),
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec: { owner: spec.owner, type: row.type, ...content, number, ...withoutUndefined(optional), hash },
  };
  return { spec: { ...spec, componentRelease: release.metadata.name }, release };
}

/** Of a component of this name that was deleted: the garbage collector is about to take it. */
const isLeftOver = ({ metadata }: ReleaseResource, owner: OwnerReference | undefined): boolean =>
  owner !== undefined &&
  (metadata.ownerReferences ?? []).some(({ kind, name, uid }) => kind === owner.kind && name === owner.name && uid !== owner.uid);

function contentOfRelease({ row, spec, releases }: Question, name: string, sent: ReleaseContent | undefined): Decision {
  const field = 'spec.componentRelease';
  const release = releases.named?.spec;
  const isOurs = release?.owner.componentName === spec.owner.componentName && release.owner.projectName === spec.owner.projectName;
  if (release === undefined || release.type !== row.type || !isOurs) {
    const message = `${row.type} "${spec.owner.componentName}" has no component release "${name}"; "fairway releases ${spec.owner.componentName}" lists those there are.`;
    return { refuse: invalid(message, [{ field, message, type: 'FieldValueInvalid' }]) };
  }
  if (sent !== undefined && contentHash(row.type, sent) !== release.hash) {
    const message = `spec.workloadSpec differs from what component release "${name}" holds; send one of the two.`;
    return { refuse: invalid(message, [{ field, message, type: 'FieldValueInvalid' }]) };
  }
  const { workloadSpec: _workload, apis: _apis, overrides: _overrides, ...rest } = spec;
  const filled = contentOf(release);
  return { spec: { ...rest, ...filled, componentRelease: name } as BindingSpec };
}

const required = (field: string): FieldProblem => ({ field, message: `${field} is required.`, type: 'FieldValueRequired' });

const withoutUndefined = (fields: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined));
