import { Repository } from '@fairway/contracts';
import { type Controller, settled, stalled } from '@fairway/resources/reconcile';
import type { GitHost } from './ports.ts';
import { repositoryPath } from './repository-path.ts';

/**
 * Brings `status.heads` to what Git says. The hook of a push only wakes this; at start and on the timer it runs anyway, so a push whose
 * hook was killed is seen all the same. Who builds on a new head watches the status.
 */
export const repositoryController = ({ git }: { git: GitHost }): Controller<typeof Repository> => ({
  name: 'repositories/repository',
  kind: Repository,
  finalizer: 'fairway.dev/git-repository',
  resyncMs: 60_000,
  deadlineMs: 30_000,
  reconcile: async (repository, { signal }) => {
    const { spec, metadata } = repository;
    if (spec === undefined) return { outcome: stalled('NoSpec', 'the repository has no spec: give projectName and repositoryName') };
    const path = repositoryPath(metadata.namespace ?? '', spec.projectName, spec.repositoryName);
    await git.ensure(path, spec.defaultBranch, signal);
    return { outcome: settled, status: { heads: (await git.heads(path, signal)) ?? {} } };
  },
  finalize: async ({ spec, metadata }, { signal }) => {
    if (spec !== undefined) await git.remove(repositoryPath(metadata.namespace ?? '', spec.projectName, spec.repositoryName), signal);
    return { outcome: settled };
  },
});
