import { readFile } from 'node:fs/promises';
import { isProblem, type Kind, keyOf, kindIdOf, type Resources, reconcilerCaller } from '@fairway/resources/model';
import { defaultObjects } from '#domains/catalog';
import type { Tokens } from '#domains/tenancy';

/** What an installation begins with. Objects that a person changed or deleted afterwards stay so: each is made only in a store that never had it. */
export async function ensureDefaults(resources: Resources): Promise<void> {
  const cause = { caller: reconcilerCaller('tenancy'), action: 'installation.initialize' };
  const marker = resources.kinds.get('Organization.openchoreo.dev') as Kind;
  const { items } = await resources.list(marker, { limit: 1 });
  if (items.length > 0) return;
  const missing = [];
  for (const object of defaultObjects()) {
    const kind = resources.kinds.get(kindIdOf(object));
    if (kind === undefined) throw new Error(`a default object is of an unknown kind ${object.kind} in ${object.apiVersion}`);
    if ((await resources.getText(kind, keyOf(object))) === undefined) missing.push(object);
  }
  // The organization is written last: it says that all the others are there.
  const ordered = missing.toSorted((a, b) => Number(a.kind === marker.kind) - Number(b.kind === marker.kind));
  for (const object of ordered)
    await resources.commit(cause, [{ op: 'create', object }]).catch((error: unknown) => {
      if (!isProblem(error, 'already-exists')) throw error;
    });
}

/** The administrator's token lies in a file of the state folder; the store knows its hash. */
export async function ensureAdministrator(tokens: Tokens, tokenFile: string): Promise<void> {
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const cause = { caller: reconcilerCaller('tenancy'), action: 'access-token.ensure' };
  await tokens.ensure(cause, token, { name: 'administrator', principal: 'user:admin', permissions: ['*'] });
}
