/**
 * Repositories: Git repositories on the built-in server, and the heads of their branches.
 * The Git folder is the truth about commits; the Repository object only says that it exists and which heads were seen.
 * Must not know builds: who acts on a new head watches `Repository.status.heads`. Start with repository-reconciler.ts.
 */
export { ensureRepository } from './ensure-repository.ts';
export type { GitHost, RepositoryPath } from './ports.ts';
export { repositoryKinds } from './repository-kinds.ts';
export { repositoryObjectName, repositoryPath, repositoryPathOfUrl } from './repository-path.ts';
export { repositoryController } from './repository-reconciler.ts';
