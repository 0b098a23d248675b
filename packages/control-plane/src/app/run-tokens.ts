import { reconcilerCaller } from '@fairway/resources/model';
import type { RunTokens } from '#domains/pipelines';
import type { Tokens } from '#domains/tenancy';

/**
 * Tokens of runs, each confined to the run's organization: whoever starts a run grants what they hold in that organization, which must not
 * become the same in all others.
 */
export function createRunTokens(tokens: Tokens): RunTokens {
  // No organization has a dot in its name, so no two runs share a token's name.
  const nameOf = (organization: string, run: string): string => `run.${organization}.${run}`;
  const cause = (action: string) => ({ caller: reconcilerCaller('pipelines'), action });
  return {
    issue: ({ run, ...grant }) =>
      tokens.issue(cause('access-token.issue'), { ...grant, name: nameOf(grant.organization, run), principal: `service:run/${run}` }),
    revoke: (organization, run) => tokens.revoke(cause('access-token.revoke'), nameOf(organization, run)),
  };
}
