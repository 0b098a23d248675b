import { type Static, Type } from 'typebox';
import { Conditions, ObservedGeneration } from './shared.ts';

export const RepositorySpec = Type.Object(
  {
    projectName: Type.String({ minLength: 1 }),
    repositoryName: Type.String({ minLength: 1, description: 'Name inside the project: /git/ORGANIZATION/PROJECT/NAME.git.' }),
    defaultBranch: Type.String({ minLength: 1, default: 'main' }),
  },
  { description: 'A Git repository on the built-in server.' },
);
export type RepositorySpec = Static<typeof RepositorySpec>;
export const RepositoryStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  conditions: Conditions,
  heads: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: 'Branch heads that were acted on; what differs from the repository is work to do.',
    }),
  ),
});
export type RepositoryStatus = Static<typeof RepositoryStatus>;
