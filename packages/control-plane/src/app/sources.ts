import { Repository } from '@fairway/contracts';
import type { Resources } from '@fairway/resources/model';
import type { Sources } from '#domains/builds';
import { type GitHost, type RepositoryPath, repositoryObjectName, repositoryPathOfUrl } from '#domains/repositories';

/** What builds see of repositories. */
export function createSources({ resources, git, url }: { resources: Resources; git: GitHost; url: string }): Sources {
  const isOurs = ownHosts(url);
  const pathOf = (address: string): RepositoryPath | undefined => (isOurs(address) ? repositoryPathOfUrl(address) : undefined);
  const at = <T>(address: string, use: (path: RepositoryPath) => Promise<T>): Promise<T | undefined> => {
    const path = pathOf(address);
    return path === undefined ? Promise.resolve(undefined) : use(path);
  };
  const nameOf = ({ organization, project, name }: RepositoryPath): string => `${organization}/${project}/${name}`;
  return {
    isBuiltIn: (address) => pathOf(address) !== undefined,
    organizationOf: (address) => pathOf(address)?.organization,
    pushedBy: (address, branch, commit, signal) => at(address, (path) => git.pushedBy(path, { branch, commit }, signal)),
    repositoryName: (address) => {
      const path = pathOf(address);
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
      const path = pathOf(address);
      return path === undefined ? { url: address } : { url: `${url}/git/${nameOf(path)}.git`, repository: nameOf(path) };
    },
  };
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * An outside Git host may have addresses of the same form, so the host decides: the advertised one, or loopback with any port, because ports
 * move between starts. An address without a host is ours.
 */
function ownHosts(advertised: string): (address: string) => boolean {
  const own = new Set([...loopbackNames, new URL(advertised).hostname]);
  return (address) => address.startsWith('/') || (URL.canParse(address) && own.has(new URL(address).hostname));
}
