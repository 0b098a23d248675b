/**
 * What lies in key files: encryption at rest (seals texts of an organization under its own key, which is derived from one master key in a
 * file), and the certificate of a server, which is followed while the server runs.
 * Knows no kind and no store; no log line and no error of it holds a plaintext or a key.
 * Start with open-vault.ts and follow-certificate.ts.
 */
export { type Certificate, type CertificateFiles, followCertificate, readCertificate } from './follow-certificate.ts';
export { openVault, type Vault, type VaultOptions } from './open-vault.ts';
