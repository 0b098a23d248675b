/** What catalog needs from outside; `app/wire.ts` fills it. */

/** Encrypts secret values under the key of an organization. All methods are synchronous, because admission is; values are never logged. */
export interface Sealer {
  /** Each value encrypted by itself; another result at each call. */
  seal(organization: string, values: Readonly<Record<string, string>>): Record<string, string>;
  /** What `seal` made, as it was. Throws a Problem for what another organization or key has sealed. */
  open(organization: string, sealed: Readonly<Record<string, string>>): Record<string, string>;
  /** Keyed hash of all keys and values: equal for equal values, and of no use to who has not the key. */
  digest(organization: string, values: Readonly<Record<string, string>>): string;
}
