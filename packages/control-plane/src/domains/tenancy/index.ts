/**
 * Tenancy: organizations, and the tokens that open the platform.
 * Knows who a caller is; what a caller may do to a kind is stated by each operation and checked in front (http) and behind (admission).
 * Must not know what any other domain stores. Start with tokens.ts.
 */

export { accessTokenController } from './access-token-reconciler.ts';
export { organizationController } from './organization-reconciler.ts';
export { createRefusals, type Refusals } from './refusals.ts';
export { tenancyKinds } from './tenancy-kinds.ts';
export { createTokens, type Tokens } from './tokens.ts';
export { UsedKey } from './used-key-kind.ts';
export { createUsedKeys, type UsedKeys } from './used-keys.ts';
