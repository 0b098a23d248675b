/**
 * Encryption at rest: seals texts of an organization under its own key, which is derived from one master key in a file.
 * Knows no kind and no store; never logs, and no error of it holds a plaintext or a key.
 * Start with open-vault.ts.
 */
export { openVault, type Vault, type VaultOptions } from './open-vault.ts';
