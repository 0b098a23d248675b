import { Repository } from '@fairway/contracts';
import { invalid, isProblem, type KindRegistry } from '@fairway/resources/model';
import { repositoryObjectName, repositoryPath } from './repository-path.ts';

/** Registers the kinds of this domain and their rules. */
export function repositoryKinds(kinds: KindRegistry): void {
  kinds.register(Repository, {
    admit: ({ operation, object, old }) => {
      if (operation === 'delete' || object.spec === undefined) return undefined;
      const { projectName, repositoryName } = object.spec;
      try {
        const expected = repositoryObjectName(repositoryPath(object.metadata.namespace ?? '', projectName, repositoryName));
        if (object.metadata.name !== expected)
          return { refuse: invalid(`the repository ${repositoryName} of project ${projectName} must be named ${expected}`) };
      } catch (error) {
        if (isProblem(error)) return { refuse: error };
        throw error;
      }
      const isMoved = old?.spec !== undefined && (old.spec.projectName !== projectName || old.spec.repositoryName !== repositoryName);
      return isMoved ? { refuse: invalid('a repository cannot be moved: make a new one and push to it') } : undefined;
    },
  });
}
