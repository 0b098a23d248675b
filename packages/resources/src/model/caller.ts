/** Who acts. Made by `http/authenticate` from a token, or by a reconciler for itself. */
export interface Caller {
  /** `user:ada`, `agent:…`, `service:fairway/delivery`. */
  principal: string;
  /** The organization that the caller is confined to; absent for installation-wide callers (administrator, reconcilers). */
  organization?: string;
  /** Permissions `<domain>.<resource>.<verb>`; `*` is everything. A run's token lists just its own. */
  permissions: readonly string[];
  /** Object-level limits of a narrow token, for example `{ repository: 'default/shop/hello', image: 'default/shop/hello' }`. */
  limits?: Readonly<Record<string, string>>;
}

export const reconcilerCaller = (domain: string): Caller => ({ principal: `service:fairway/${domain}`, permissions: ['*'] });

/** True when a caller holds the permission, by itself or through a `*` at the end of a prefix. */
export const isPermitted = (caller: Caller, permission: string): boolean =>
  caller.permissions.some(
    (held) => held === '*' || held === permission || (held.endsWith('.*') && permission.startsWith(held.slice(0, -1))),
  );
