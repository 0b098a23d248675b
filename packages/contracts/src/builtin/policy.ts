import { type Static, Type } from 'typebox';
import { atomicList, Kept, Quantities } from './shapes.ts';

export const ResourceQuotaSpec = Type.Object(
  {
    hard: Type.Optional(Quantities('The most that the namespace may have of each.')),
    scopes: Type.Optional(atomicList(Type.String())),
    scopeSelector: Type.Optional(Kept('Which pods count.')),
  },
  { description: 'How much a namespace may have.' },
);
export type ResourceQuotaSpec = Static<typeof ResourceQuotaSpec>;
export const ResourceQuotaStatus = Type.Object({
  hard: Type.Optional(Quantities('The limits that are kept.')),
  used: Type.Optional(Quantities('What there is of each.')),
});
export type ResourceQuotaStatus = Static<typeof ResourceQuotaStatus>;
