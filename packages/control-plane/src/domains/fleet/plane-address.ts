import type { KubernetesCluster } from '@fairway/contracts';
import { invalid } from '@fairway/resources/model';
import { credentialKey, forClusters, useLabel } from './plane-rules.ts';
import type { OpenCurrentSecret, PlaneAddress, PlaneSpec } from './ports.ts';

type SecretOrValue = { secretRef?: string; value?: string };

/** How to reach a plane, with its secrets opened. Throws `invalid` when a secret is missing or not marked for clusters; the answer is never to be stored or logged. */
export async function planeAddress(
  { organization, name, spec }: { organization: string; name: string; spec: PlaneSpec },
  openSecret: OpenCurrentSecret,
  signal: AbortSignal,
): Promise<PlaneAddress> {
  if (spec.clusterRef !== undefined) return { is: 'named', name: spec.clusterRef };
  const { kubernetesCluster } = spec;
  if (kubernetesCluster === undefined) throw invalid(`Plane "${name}" says no cluster: set spec.clusterRef or spec.kubernetesCluster.`);
  const open = async (field: string, given: SecretOrValue | undefined): Promise<SecretOrValue | undefined> => {
    if (given?.secretRef === undefined) return given;
    const { labels, values } = (await openSecret({ organization, secret: given.secretRef }, signal)) ?? { labels: {}, values: undefined };
    // Who may write a plane could send any secret of the organization to a server of their own otherwise.
    if (values !== undefined && labels[useLabel] !== forClusters)
      throw invalid(
        `Plane "${name}" may not use Secret "${given.secretRef}" for ${field}: it is not marked for clusters. Write it again, with its values and the label ${useLabel}=${forClusters}.`,
      );
    const value = values?.[credentialKey] ?? values?.[field];
    if (value !== undefined) return { value };
    throw invalid(
      `Plane "${name}" takes ${field} from Secret "${given.secretRef}", which has neither a key "${credentialKey}" nor "${field}".`,
    );
  };
  const { tls, auth } = kubernetesCluster;
  const ca = await open('ca', tls?.ca);
  const clientCert = await open('clientCert', auth?.mtls?.clientCert);
  const clientKey = await open('clientKey', auth?.mtls?.clientKey);
  const bearerToken = await open('bearerToken', auth?.bearerToken);
  const cluster: KubernetesCluster = {
    server: kubernetesCluster.server,
    ...(ca === undefined ? {} : { tls: { ca } }),
    auth: {
      ...(clientCert === undefined || clientKey === undefined ? {} : { mtls: { clientCert, clientKey } }),
      ...(bearerToken === undefined ? {} : { bearerToken }),
    },
  };
  return { is: 'inline', cluster };
}
