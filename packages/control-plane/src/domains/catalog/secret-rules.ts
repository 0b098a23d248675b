import { Secret, type SecretSpec, SecretVersion, type SecretVersionSpec } from '@fairway/contracts';
import {
  type Admission,
  type AdmissionChange,
  type AdmissionRules,
  apiVersionOf,
  type Change,
  conflict,
  type Facts,
  type FieldProblem,
  invalid,
  type Metadata,
  type Resource,
  withoutLastApplied,
} from '@fairway/resources/model';
import { isWhole, platformVariableProblem, platformVariables, wholeFor } from './platform-variables.ts';
import type { Sealer } from './ports.ts';
import { refusal } from './project-rules.ts';
import { currentVersionFact, valuesAfter } from './secret-values.ts';

type SecretResource = Resource<SecretSpec, never>;

/** Kubernetes holds a Secret below 1 MiB; what a component needs is far below. */
const maxSecretBytes = 512 * 1024;
const keyForm = /^[-._a-zA-Z][-._a-zA-Z0-9]{0,252}$/;
/** What the values are for; `cluster-credentials` is for planes and for no application. */
const useLabel = 'fairway.dev/use';

/**
 * `stringData` goes in and is never stored: its values are sealed into a new immutable SecretVersion in the same commit, and the Secret keeps
 * their names, the version's number and a keyed hash. A patch is merged into what is there; a name taken out of `keys` goes with its value. The
 * same values again are no change.
 */
export const secretRules = (sealer: Sealer): AdmissionRules<SecretResource> => ({
  facts: (change) => [...wholeFor(change.object, newPlatformVariables(change)), ...currentVersionFact(change)],
  admit: (change, facts) =>
    change.operation === 'delete' || change.subresource !== undefined ? undefined : admitSecret(sealer, change, facts),
});

const newPlatformVariables = ({ object, old }: AdmissionChange<SecretResource>): string[] =>
  platformVariables(Object.keys(object.spec?.stringData ?? {}), old?.spec?.keys);

function admitSecret(sealer: Sealer, change: AdmissionChange<SecretResource>, facts: Facts): Admission<SecretResource> {
  const { object, old } = change;
  const { stringData: _values, keys: _keys, currentVersion: _version, digest: _digest, ...rest } = object.spec ?? {};
  const before = old?.spec;
  const kept = pick({ keys: before?.keys, currentVersion: before?.currentVersion, digest: before?.digest });
  const metadata = completeMetadata(object.metadata, rest.component);
  const values = valuesAfter(sealer, change, facts);
  if (values === undefined) return refusal(changedUse(change)) ?? { object: { ...object, metadata, spec: { ...rest, ...kept } } };
  const added = newPlatformVariables(change);
  const ours = rest.component !== undefined || isWhole(facts, added) ? added : [];
  const wrong = refusal([...problemsOf(values), ...ours.map((key) => platformVariableProblem(key, `spec.stringData[${key}]`))]);
  if (wrong !== undefined) return wrong;
  const organization = metadata.namespace ?? '';
  const digest = sealer.digest(organization, values);
  if (digest === before?.digest) return { object: { ...object, metadata, spec: { ...rest, ...kept } } };
  const version = (before?.currentVersion ?? 0) + 1;
  const spec: SecretSpec = { ...rest, keys: Object.keys(values).sort(), currentVersion: version, digest };
  const sealed: SecretVersionSpec = { secret: metadata.name, version, sealed: sealer.seal(organization, values) };
  return { object: { ...object, metadata, spec }, also: [versionOf(object, sealed)] };
}

function versionOf({ metadata }: SecretResource, spec: SecretVersionSpec): Change {
  const { uid, namespace, name } = metadata;
  return {
    op: 'create',
    object: {
      apiVersion: apiVersionOf(SecretVersion),
      kind: SecretVersion.kind,
      metadata: {
        name: `${name}-v${spec.version}`,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { ownerReferences: [{ apiVersion: apiVersionOf(Secret), kind: Secret.kind, name, uid }] }),
      },
      spec,
    },
  };
}

function completeMetadata(given: Metadata, component: string | undefined): Metadata {
  const metadata = withoutLastApplied(given);
  return component === undefined
    ? metadata
    : { ...metadata, labels: { ...metadata.labels, 'openchoreo.dev/component': component.slice(0, 63) } };
}

/** Who may label a secret may not read it by that: a use is for the values that came with it, and who sends them knows them. */
function changedUse({ object, old }: AdmissionChange<SecretResource>): FieldProblem[] {
  const isSame = object.metadata.labels?.[useLabel] === old?.metadata.labels?.[useLabel];
  if (isSame || old?.spec?.currentVersion === undefined) return [];
  const message = `The label "${useLabel}" changes together with the values alone: send them again as stringData.`;
  return [{ field: `metadata.labels[${useLabel}]`, message, type: 'FieldValueForbidden' }];
}

/** Messages name keys and never values. */
function problemsOf(values: Readonly<Record<string, string>>): FieldProblem[] {
  const problems = Object.keys(values)
    .filter((key) => !keyForm.test(key))
    .map((key): FieldProblem => {
      const message = `The key "${key}" cannot be the name of a variable: use letters, digits, "_", "-" and ".", and no digit in front.`;
      return { field: `spec.stringData[${key}]`, message, type: 'FieldValueInvalid' };
    });
  const bytes = Object.entries(values).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (bytes <= maxSecretBytes) return problems;
  const message = `The values have ${bytes} bytes; at most ${maxSecretBytes} are allowed.`;
  return [...problems, { field: 'spec.stringData', message, type: 'FieldValueTooLong' }];
}

const pick = (fields: { [K in 'keys' | 'currentVersion' | 'digest']: SecretSpec[K] | undefined }): Partial<SecretSpec> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<SecretSpec>;

/** Action of deletions that are refused where the version is the current one. */
export const pruneAction = 'secret-version.prune';

export const secretVersionRules: AdmissionRules<Resource<SecretVersionSpec, never>> = {
  facts: ({ operation, action, object: { metadata, spec } }) =>
    operation === 'delete' && action === pruneAction && spec !== undefined
      ? [{ name: 'secret', kind: Secret, key: { namespace: metadata.namespace ?? '', name: spec.secret } }]
      : [],
  admit: ({ operation, action, object, old }, facts) => {
    if (operation === 'delete' && action === pruneAction && object.spec !== undefined) {
      const current = facts.object<SecretResource>('secret')?.spec?.currentVersion;
      if (current === object.spec.version)
        return { refuse: conflict(`SecretVersion "${object.metadata.name}" is the current one and stays`) };
    }
    if (operation !== 'update' || JSON.stringify(object.spec) === JSON.stringify(old?.spec)) return undefined;
    const message = `SecretVersion "${object.metadata.name}" is immutable: write the secret to make a new version.`;
    return { refuse: invalid(message, [{ field: 'spec', message, type: 'FieldValueForbidden' }]) };
  },
};
