import { type Static, Type } from 'typebox';
import { Conditions, ObservedGeneration } from './shared.ts';

export const OrganizationSpec = Type.Object({}, { description: 'A tenant; its name is the namespace of its objects.' });
export type OrganizationSpec = Static<typeof OrganizationSpec>;
export const OrganizationStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  conditions: Conditions,
  namespace: Type.Optional(Type.String({ description: 'The namespace that holds the objects of this organization.' })),
});
export type OrganizationStatus = Static<typeof OrganizationStatus>;

export const AccessTokenSpec = Type.Object(
  {
    principal: Type.String({ minLength: 1, description: 'Who acts with this token: user:NAME, agent:NAME or service:NAME.' }),
    organization: Type.Optional(Type.String({ description: 'The only organization that the token opens.' })),
    permissions: Type.Array(Type.String(), { description: 'What the token may do; * is everything.' }),
    limits: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Objects that a narrow token is confined to.' })),
    hash: Type.String({ minLength: 64, maxLength: 64, description: 'SHA-256 of the token in hex; the token itself is stored nowhere.' }),
    expiresAt: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { description: 'A token that opens the platform. The value is shown once, when it is made.' },
);
export type AccessTokenSpec = Static<typeof AccessTokenSpec>;
