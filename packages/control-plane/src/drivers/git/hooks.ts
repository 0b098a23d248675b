import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Both scripts are constant: no name of a user ever becomes part of a script. What differs comes by environment and standard input.
const scripts: Readonly<Record<string, string>> = {
  'pre-receive': `#!/bin/sh
default=$(git symbolic-ref HEAD) || exit 0
while read -r old new ref; do
  case "$new" in *[!0]*) continue ;; esac
  [ "$ref" = "$default" ] || continue
  echo "the default branch $default cannot be deleted: clones begin with it and components build from it." >&2
  echo "Push another commit to it (git push --force puts it back to an older one); nothing was changed." >&2
  exit 1
done
`,
  'post-receive': `#!/bin/sh
[ -n "$FAIRWAY_HOOK_NODE" ] || exit 0
exec "$FAIRWAY_HOOK_NODE" "$FAIRWAY_HOOK_SCRIPT"
`,
};

/** Writes the hooks of all repositories; each is replaced as a whole, so that a running push never reads half a script. */
export async function writeHooks(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    const fresh = join(folder, `${name}.new`);
    await writeFile(fresh, script);
    await chmod(fresh, 0o755);
    await rename(fresh, join(folder, name));
  }
}
