import { Secret, type SecretSpec } from '@fairway/contracts';
import {
  type Admission,
  type AdmissionChange,
  type AdmissionRules,
  apiVersionOf,
  type Change,
  type FieldProblem,
  invalid,
  type Resource,
  withoutLastApplied,
} from '@fairway/resources/model';
import type { PlaneSpec } from './ports.ts';

type PlaneResource = Resource<PlaneSpec, never>;
type SecretOrValue = { secretRef?: string; value?: string };

/**
 * On a Secret: that its values may be sent to clusters. A plane uses no other one, and no application gets one of these, so that neither who may
 * write planes nor who may deploy reads what was entrusted to the other. Catalog sees to it that the mark comes with the values.
 */
export const useLabel = 'fairway.dev/use';
export const forClusters = 'cluster-credentials';
/** Key of the one value in a secret that admission made. */
export const credentialKey = 'value';

/**
 * Credentials that a manifest brings along are moved into secrets and replaced by references, so that no read, watch, event or annotation
 * shows them. The same manifest again is no change: a secret knows its values by their keyed hash.
 */
export const planeRules: AdmissionRules<PlaneResource> = {
  admit: (change) => (change.operation === 'delete' || change.subresource !== undefined ? undefined : admitPlane(change)),
};

function admitPlane({ object }: AdmissionChange<PlaneResource>): Admission<PlaneResource> {
  const { spec } = object;
  if (spec === undefined) return undefined;
  const wrong = problemOf(object);
  if (wrong !== undefined) return { refuse: invalid(wrong.message, [wrong]) };
  const also: Change[] = [];
  const move = (field: string, value: string): string => {
    const name = `${object.kind.toLowerCase()}-${object.metadata.name}-${field}`.slice(0, 253);
    also.push(secretOf(object, name, value));
    return name;
  };
  const moved = { ...spec, ...clusterWithout(spec, move), ...observerWithout(spec, move) };
  return { object: { ...object, metadata: withoutLastApplied(object.metadata), spec: moved }, also };
}

function problemOf({ kind, metadata, spec }: PlaneResource): FieldProblem | undefined {
  const given = [spec?.clusterRef, spec?.kubernetesCluster].filter((way) => way !== undefined).length;
  if (given === 1) return undefined;
  const message = `${kind} "${metadata.name}" needs exactly one of spec.clusterRef (a cluster that Fairway knows, for example local) and spec.kubernetesCluster.`;
  return { field: 'spec.clusterRef', message, type: given === 0 ? 'FieldValueRequired' : 'FieldValueForbidden' };
}

type Move = (field: string, value: string) => string;

function clusterWithout({ kubernetesCluster }: PlaneSpec, move: Move): Pick<PlaneSpec, 'kubernetesCluster'> {
  const auth = kubernetesCluster?.auth;
  if (kubernetesCluster === undefined || auth === undefined) return {};
  const { mtls, bearerToken } = auth;
  return {
    kubernetesCluster: {
      ...kubernetesCluster,
      auth: {
        ...auth,
        ...(mtls?.clientKey === undefined ? {} : { mtls: { ...mtls, clientKey: referenceTo(mtls.clientKey, 'client-key', move) } }),
        ...(bearerToken === undefined ? {} : { bearerToken: referenceTo(bearerToken, 'bearer-token', move) }),
      },
    },
  };
}

function observerWithout({ observer }: PlaneSpec, move: Move): Pick<PlaneSpec, 'observer'> {
  const basic = observer?.authentication?.basicAuth;
  if (observer === undefined || basic?.password === undefined || basic.password === '') return {};
  const { password, ...rest } = basic;
  const passwordSecretRef = move('observer-password', password);
  return { observer: { ...observer, authentication: { ...observer.authentication, basicAuth: { ...rest, passwordSecretRef } } } };
}

const referenceTo = (given: SecretOrValue, field: string, move: Move): SecretOrValue =>
  given.value === undefined || given.value === '' ? given : { secretRef: move(field, given.value) };

function secretOf({ apiVersion, kind, metadata }: PlaneResource, name: string, value: string): Change {
  const { namespace, uid } = metadata;
  const key = namespace === undefined ? { name } : { namespace, name };
  const fresh: Resource<SecretSpec> = {
    apiVersion: apiVersionOf(Secret),
    kind: Secret.kind,
    metadata: { ...key, ...(uid === undefined ? {} : { ownerReferences: [{ apiVersion, kind, name: metadata.name, uid }] }) },
  };
  return {
    op: 'mutate',
    kind: Secret,
    key,
    create: true,
    change: (current) => {
      const { metadata: own, ...rest } = current ?? fresh;
      const labels = { ...own.labels, [useLabel]: forClusters };
      return { ...rest, metadata: { ...own, labels }, spec: { ...(current?.spec ?? {}), stringData: { [credentialKey]: value } } };
    },
  };
}
