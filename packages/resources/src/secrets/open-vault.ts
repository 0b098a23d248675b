import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { invalid, type Problem } from '../model/index.ts';
import { keyBytes, loadMasterKey } from './master-key.ts';

/** Seals and opens texts by organization. What one organization sealed, no other can open. */
export interface Vault {
  /** Answers `v1:` and base64 of iv, ciphertext and tag. The same text is sealed differently each time. */
  seal(organization: string, plaintext: string): string;
  /** Throws Problem `invalid` for a text that was not sealed here, for this organization, or that was changed. */
  open(organization: string, sealed: string): string;
  /** A keyed hash by which two texts can be compared without keeping them; differs between organizations. */
  digest(organization: string, text: string): string;
}

export type VaultOptions = ({ keyFile: string } | { key: Uint8Array }) & {
  /** Bound to every sealed text, so that one cannot be put in another's place. Default `secret`. */
  purpose?: string;
};

const version = 'v1';
const ivBytes = 12;
const tagBytes = 16;
/** Derived keys are kept so that a list of secrets costs one derivation; more organizations than this come anew. */
const maxCachedKeys = 1_000;

const cannotOpen = (): Problem =>
  invalid('a sealed value cannot be opened: it was changed, belongs to another organization, or was sealed under another master key');

const createKeyRing = (master: Uint8Array): ((organization: string, use: string) => Buffer) => {
  const keys = new Map<string, Buffer>();
  return (organization, use) => {
    const name = `${use}\n${organization}`;
    const known = keys.get(name);
    if (known !== undefined) return known;
    const key = Buffer.from(hkdfSync('sha256', master, Buffer.from('fairway/vault/v1'), Buffer.from(name), keyBytes));
    if (keys.size >= maxCachedKeys) keys.clear();
    keys.set(name, key);
    return key;
  };
};

const parseSealed = (sealed: string): { iv: Buffer; ciphertext: Buffer; tag: Buffer } => {
  const [prefix, body = ''] = sealed.split(':');
  const bytes = Buffer.from(body, 'base64');
  // Node reads base64 generously; only the one spelling that we write is ours.
  if (prefix !== version || bytes.length < ivBytes + tagBytes || bytes.toString('base64') !== body || sealed !== `${version}:${body}`)
    throw cannotOpen();
  return {
    iv: bytes.subarray(0, ivBytes),
    ciphertext: bytes.subarray(ivBytes, bytes.length - tagBytes),
    tag: bytes.subarray(bytes.length - tagBytes),
  };
};

/** Opens the vault of an installation; makes its master key at the first start. */
export const openVault = (options: VaultOptions): Vault => {
  const master = 'key' in options ? Buffer.from(options.key) : loadMasterKey(options.keyFile);
  if (master.length !== keyBytes) throw invalid(`a master key has ${keyBytes} bytes, not ${master.length}`);
  const keyOf = createKeyRing(master);
  const purpose = options.purpose ?? 'secret';
  const associated = (organization: string): Buffer => Buffer.from(JSON.stringify([version, purpose, organization]));
  return {
    seal: (organization, plaintext) => {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', keyOf(organization, 'seal'), iv, { authTagLength: tagBytes });
      cipher.setAAD(associated(organization));
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return `${version}:${Buffer.concat([iv, ciphertext, cipher.getAuthTag()]).toString('base64')}`;
    },
    open: (organization, sealed) => {
      const { iv, ciphertext, tag } = parseSealed(sealed);
      const decipher = createDecipheriv('aes-256-gcm', keyOf(organization, 'seal'), iv, { authTagLength: tagBytes });
      decipher.setAAD(associated(organization));
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
      } catch {
        throw cannotOpen();
      }
    },
    digest: (organization, text) =>
      createHmac('sha256', keyOf(organization, 'digest'))
        .update(JSON.stringify([purpose, text]))
        .digest('hex'),
  };
};
