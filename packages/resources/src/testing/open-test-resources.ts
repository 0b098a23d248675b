import { type AnyResource, type Cause, type Clock, type Key, type Kind, type Resources, reconcilerCaller } from '../model/index.ts';
import { createKindRegistry, openResources, openSqliteDatabase } from '../store/index.ts';

/** The cause of what a test does itself. */
export const testCause: Cause = { caller: reconcilerCaller('test'), action: 'test.write' };

/** A real store in memory that knows these kinds, without rules. */
export const openTestResources = async ({ clock, kinds }: { clock: Clock; kinds: readonly Kind[] }): Promise<Resources> => {
  const registry = createKindRegistry();
  for (const kind of kinds) registry.register(kind);
  return openResources({ database: openSqliteDatabase({ path: ':memory:', clock }), kinds: registry, clock });
};

/** Creates one object and answers it as stored. */
export const createObject = async (resources: Resources, object: unknown): Promise<AnyResource> => {
  const [result] = await resources.commit(testCause, [{ op: 'create', object: object as AnyResource }]);
  if (result === undefined) throw new Error('the commit had no result');
  return result.object;
};

/** Changes one object as somebody else would. */
export const changeObject = async (
  resources: Resources,
  { kind, key }: { kind: Kind; key: Key },
  change: (current: AnyResource) => AnyResource,
): Promise<void> => {
  await resources.commit(testCause, [
    { op: 'mutate', kind, key, change: (current) => (current === undefined ? undefined : change(current)) },
  ]);
};
