import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type References = Readonly<Record<string, string>>;

/** A table that a power cut emptied costs a question to the registry for each tag; a throw would fail every pull from then on. */
const parseReferences = (text: string): References => {
  try {
    return JSON.parse(text) as References;
  } catch {
    return {};
  }
};

/** Which digest each pulled reference meant when it was pulled. */
export function createReferenceTable(root: string) {
  const path = join(root, 'references.json');
  const all = async (): Promise<References> => parseReferences(await readFile(path, 'utf8').catch(() => '{}'));
  let writing: Promise<unknown> = Promise.resolve();
  /** One change after the other: two pulls at once must not lose each other's entry. */
  const change = (make: (before: References) => References): Promise<void> => {
    const mine = writing.then(async () => {
      const before = await all();
      const after = make(before);
      if (JSON.stringify(after) === JSON.stringify(before)) return;
      const fresh = join(root, `.new-${randomUUID()}`);
      await writeFile(fresh, JSON.stringify(after));
      await rename(fresh, path);
    });
    writing = mine.catch(() => undefined);
    return mine;
  };
  return {
    all,
    remember: (reference: string, digest: string): Promise<void> => change((before) => ({ ...before, [reference]: digest })),
    forget: (digests: readonly string[]): Promise<void> =>
      change((before) => Object.fromEntries(Object.entries(before).filter(([, digest]) => !digests.includes(digest)))),
  };
}
