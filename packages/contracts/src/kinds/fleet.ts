import { type Static, Type } from 'typebox';
import { Conditions, ObservedGeneration } from './shared.ts';

const SecretOrValue = Type.Object({ secretRef: Type.Optional(Type.String()), value: Type.Optional(Type.String()) });

export const KubernetesCluster = Type.Object(
  {
    server: Type.String({ minLength: 1, description: 'https address of the API server.' }),
    tls: Type.Optional(Type.Object({ ca: Type.Optional(SecretOrValue) })),
    auth: Type.Optional(
      Type.Object({
        mtls: Type.Optional(Type.Object({ clientCert: Type.Optional(SecretOrValue), clientKey: Type.Optional(SecretOrValue) })),
        bearerToken: Type.Optional(SecretOrValue),
      }),
    ),
  },
  { description: 'How to reach a Kubernetes API. The built-in cluster is reached by clusterRef instead.' },
);
export type KubernetesCluster = Static<typeof KubernetesCluster>;

const plane = {
  clusterRef: Type.Optional(Type.String({ description: 'A cluster that Fairway knows: local is the built-in one.' })),
  kubernetesCluster: Type.Optional(KubernetesCluster),
  observer: Type.Optional(
    Type.Object({
      url: Type.String(),
      authentication: Type.Optional(
        Type.Object({
          basicAuth: Type.Optional(
            Type.Object({
              username: Type.String(),
              password: Type.Optional(Type.String()),
              passwordSecretRef: Type.Optional(Type.String()),
            }),
          ),
        }),
      ),
    }),
  ),
};

export const DataPlaneSpec = Type.Object(
  {
    ...plane,
    registry: Type.Optional(Type.Object({ prefix: Type.Optional(Type.String()), secretRef: Type.Optional(Type.String()) })),
    gateway: Type.Optional(
      Type.Object({ publicVirtualHost: Type.Optional(Type.String()), organizationVirtualHost: Type.Optional(Type.String()) }),
    ),
  },
  { description: 'A cluster in its role of running components.' },
);
export type DataPlaneSpec = Static<typeof DataPlaneSpec>;
export const BuildPlaneSpec = Type.Object({ ...plane }, { description: 'A cluster in its role of running builds.' });
export type BuildPlaneSpec = Static<typeof BuildPlaneSpec>;
export const PlaneStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  conditions: Conditions,
  version: Type.Optional(Type.String({ description: 'Version of the cluster.' })),
});
export type PlaneStatus = Static<typeof PlaneStatus>;
