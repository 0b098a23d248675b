import type { AnyResource, Resource } from '@fairway/resources/model';
import type { ReleaseResource } from '../binding/binding-work.ts';
import { labelValue } from '../generate-name.ts';
import { annotations, releaseFieldManager, releaseLabels, selectorOf } from '../labels.ts';
import type { ObjectKind, ObjectReference, OpenSecret } from '../ports.ts';
import type { SecretValueSource } from '../render/render-secret.ts';
import type { JsonObject } from '../render/strategic-merge.ts';

export type ReleaseEntry = { id: string; object: Resource & JsonObject };

/** Kinds that rendering makes: looked for even where no status names them, so that an object whose status write was lost is still found. */
const renderedKinds: readonly ObjectKind[] = [
  { apiVersion: 'v1', kind: 'Secret' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'batch/v1', kind: 'CronJob' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
  { apiVersion: 'gateway.envoyproxy.io/v1alpha1', kind: 'SecurityPolicy' },
  { apiVersion: 'gateway.envoyproxy.io/v1alpha1', kind: 'BackendTrafficPolicy' },
];

export const entriesOf = (release: ReleaseResource): readonly ReleaseEntry[] =>
  (release.spec?.resources ?? []) as unknown as ReleaseEntry[];

/** Every kind that this release has, had, or could have left behind. */
export function kindsOf(release: ReleaseResource): readonly ObjectKind[] {
  const kinds = new Map<string, ObjectKind>();
  const add = ({ apiVersion, kind }: ObjectKind): void => {
    kinds.set(`${apiVersion}/${kind}`, { apiVersion, kind });
  };
  for (const kind of renderedKinds) add(kind);
  for (const { object } of entriesOf(release)) add(object);
  for (const { group = '', version, kind } of release.status?.resources ?? []) {
    add({ apiVersion: group === '' ? version : `${group}/${version}`, kind });
  }
  return [...kinds.values()];
}

/** Chooses everything that this release ever applied. */
export const trackingSelector = (release: ReleaseResource): string =>
  selectorOf({ [releaseLabels.managedBy]: releaseFieldManager, [releaseLabels.uid]: release.metadata.uid ?? '' });

export const referenceOf = ({ apiVersion, kind, metadata }: Resource): ObjectReference => ({
  apiVersion,
  kind,
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
});

export const identityOf = ({ apiVersion, kind, metadata }: Resource): string =>
  `${apiVersion}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`;

/** The object as it goes to the data plane: marked as this release's, with the values of its secrets. These values are kept nowhere. */
export async function objectToApply(
  release: ReleaseResource,
  { id, object }: ReleaseEntry,
  open: (secret: string, version: number) => ReturnType<OpenSecret>,
): Promise<Resource> {
  const labels = {
    ...object.metadata.labels,
    [releaseLabels.managedBy]: releaseFieldManager,
    [releaseLabels.resourceId]: labelValue(id),
    [releaseLabels.uid]: release.metadata.uid ?? '',
    [releaseLabels.name]: labelValue(release.metadata.name),
    [releaseLabels.namespace]: labelValue(release.metadata.namespace ?? ''),
  };
  const wakes = { [annotations.release]: `${release.metadata.namespace ?? ''}/${release.metadata.name}` };
  const marked: AnyResource = {
    ...object,
    metadata: { ...object.metadata, labels, annotations: { ...object.metadata.annotations, ...wakes } },
  };
  const sources = object.metadata.annotations?.[annotations.secretValues];
  if (object.kind !== 'Secret' || sources === undefined) return marked;
  const data: Record<string, string> = {};
  for (const { as, secret, version, key } of JSON.parse(sources) as SecretValueSource[]) {
    const value = (await open(secret, version))[key] ?? '';
    data[as] = Buffer.from(value, 'utf8').toString('base64');
  }
  return { ...marked, data } as AnyResource;
}
