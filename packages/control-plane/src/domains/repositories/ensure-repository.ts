import { Project, Repository } from '@fairway/contracts';
import { apiVersionOf, type Cause, isProblem, notFound, type Resources } from '@fairway/resources/model';
import type { GitHost, RepositoryPath } from './ports.ts';
import { repositoryObjectName } from './repository-path.ts';

/** Makes the repository, object and bare folder, inside an existing project. Doing it again changes nothing. */
export async function ensureRepository(
  deps: { resources: Resources; git: GitHost },
  cause: Cause,
  input: { path: RepositoryPath; signal: AbortSignal },
): Promise<void> {
  const { path, signal } = input;
  const namespace = path.organization;
  const name = repositoryObjectName(path);
  const known = await deps.resources.get(Repository, { namespace, name });
  if (known === undefined) {
    if ((await deps.resources.get(Project, { namespace, name: path.project })) === undefined) throw notFound('Project', path.project);
    const spec = { projectName: path.project, repositoryName: path.name, defaultBranch: 'main' };
    const object = { apiVersion: apiVersionOf(Repository), kind: Repository.kind, metadata: { namespace, name }, spec };
    await deps.resources.commit(cause, [{ op: 'create', object }]).catch((error: unknown) => {
      if (!isProblem(error, 'already-exists')) throw error;
    });
  }
  await deps.git.ensure(path, known?.spec?.defaultBranch ?? 'main', signal);
}
