import { AccessToken } from '@fairway/contracts';
import { type Controller, settled } from '@fairway/resources/reconcile';

/** Deletes tokens after their end, so that a store never collects those of runs long gone. */
export const accessTokenController = (): Controller<typeof AccessToken> => ({
  name: 'tenancy/access-token',
  kind: AccessToken,
  conditionStyle: 'own',
  reconcile: async (token, { clock, resources, cause }) => {
    const end = token.spec?.expiresAt;
    if (end === undefined) return { outcome: settled };
    const leftMs = Date.parse(end) - clock.now();
    if (leftMs > 0) return { outcome: { is: 'settled', againInMs: leftMs + 1_000 } };
    const { name, resourceVersion } = token.metadata;
    const expect = resourceVersion === undefined ? {} : { expect: { resourceVersion } };
    await resources.commit(cause('access-token.expire'), [{ op: 'delete', kind: AccessToken, key: { name }, ...expect }]);
    return { outcome: settled };
  },
});
