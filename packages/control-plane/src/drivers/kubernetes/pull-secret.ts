import { Secret } from '@fairway/contracts/builtin';
import type { ClusterClient } from '@fairway/kubernetes/client';
import { apiVersionOf, timestamp } from '@fairway/resources/model';

export const pullSecretName = 'fairway-registry';

/** Where a pull token is for: a namespace of one plane, which belongs to one organization. */
export interface PullPlace {
  organization: string;
  /** Name of the plane's resource; the same namespace on two planes has two tokens. */
  plane: string;
  namespace: string;
}

export interface PullCredentials {
  /** Host that image references begin with. */
  registry: string;
  /** A token that may read the images of this organization, and no others, for so long. */
  issue(place: PullPlace, lifetimeMs: number): Promise<string>;
  now: () => number;
}

const lifetimeMs = 30 * 86_400_000;
const expiresAnnotation = 'fairway.dev/expires-at';

/** Makes the namespace's pull secret, and renews it when two thirds of its life are over. */
export async function ensurePullSecret(
  client: ClusterClient,
  credentials: PullCredentials,
  at: PullPlace & { signal: AbortSignal },
): Promise<void> {
  const { signal, ...place } = at;
  const { namespace } = place;
  const old = await client.get(Secret, { namespace, name: pullSecretName }, { signal });
  const end = Date.parse(old?.metadata.annotations?.[expiresAnnotation] ?? '');
  if (end - credentials.now() > lifetimeMs / 3) return;
  const token = await credentials.issue(place, lifetimeMs);
  const config = {
    auths: { [credentials.registry]: { username: 'token', password: token, auth: Buffer.from(`token:${token}`).toString('base64') } },
  };
  const object = {
    apiVersion: apiVersionOf(Secret),
    kind: Secret.kind,
    metadata: { namespace, name: pullSecretName, annotations: { [expiresAnnotation]: timestamp(credentials.now() + lifetimeMs) } },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify(config)).toString('base64') },
  };
  await client.apply(Secret, object, { fieldManager: 'fairway', force: true, signal });
}
