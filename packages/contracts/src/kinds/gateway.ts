import { type Static, Type } from 'typebox';
import { Owner, Raw } from './shared.ts';

export const ApiSpec = Type.Object(
  {
    owner: Owner,
    environmentName: Type.String(),
    className: Type.String(),
    type: Type.String(),
    rest: Type.Optional(Raw('REST settings.')),
  },
  { description: 'An API that a component offers.' },
);
export type ApiSpec = Static<typeof ApiSpec>;

export const ApiClassSpec = Type.Object(
  {
    restPolicy: Type.Optional(Raw('Policies by level: defaults, public, organization.')),
    grpcPolicy: Type.Optional(Raw('Policies for gRPC.')),
  },
  { description: 'Policies of the APIs of this class.' },
);
export type ApiClassSpec = Static<typeof ApiClassSpec>;
