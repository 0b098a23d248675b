import { Repository } from '@fairway/contracts';
import type { Resources } from '@fairway/resources/model';
import type { Sources } from '#domains/builds';
import { type GitHost, type RepositoryPath, repositoryObjectName, repositoryPathOfUrl } from '#domains/repositories';

/** What builds see of repositories. */
export function createSources({ resources, git, url }: { resources: Resources; git: GitHost; url: string }): Sources {
  const at = <T>(address: string, use: (path: RepositoryPath) => Promise<T>): Promise<T | undefined> => {
    const path = repositoryPathOfUrl(address);
    return path === undefined ? Promise.resolve(undefined) : use(path);
  };
  const nameOf = ({ organization, project, name }: RepositoryPath): string => `${organization}/${project}/${name}`;
  return {
    isBuiltIn: (address) => repositoryPathOfUrl(address) !== undefined,
    organizationOf: (address) => repositoryPathOfUrl(address)?.organization,
    pushedBy: (address, branch, commit, signal) => at(address, (path) => git.pushedBy(path, { branch, commit }, signal)),
    repositoryName: (address) => {
      const path = repositoryPathOfUrl(address);
      return path === undefined ? undefined : repositoryObjectName(path);
    },
    head: (address, branch) =>
      at(address, async (path) => {
        const found = await resources.get(Repository, { namespace: path.organization, name: repositoryObjectName(path) });
        return found?.status?.heads?.[branch];
      }),
    resolve: (address, revision, signal) => at(address, (path) => git.resolve(path, revision, signal)),
    treeOf: (address, commit, folder, signal) => at(address, (path) => git.treeOf(path, commit, folder, signal)),
    cloneFrom: (address) => {
      const path = repositoryPathOfUrl(address);
      return path === undefined ? { url: address } : { url: `${url}/git/${nameOf(path)}.git`, repository: nameOf(path) };
    },
  };
}
