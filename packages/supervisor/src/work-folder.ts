import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Where unpacked images and folders of pods lie: in the state folder, unless a `node_modules` lies above it, as in a checkout of ours. There Node would find
 * packages for an application that does not declare them, and the application would fail elsewhere. Then they lie under XDG_STATE_HOME.
 * What began in the state folder stays there: its applications may run.
 */
export function workFolder(home: string, env: Readonly<Record<string, string | undefined>>, userHome: string): string {
  const inState = join(home, 'local-cluster');
  if (!hasModulesAbove(inState) || existsSync(join(inState, 'pods'))) return inState;
  // A copy of a state folder is another installation.
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  const aside = join(env.XDG_STATE_HOME || join(userHome, '.local', 'state'), 'fairway', name);
  return hasModulesAbove(aside) ? inState : aside;
}

function hasModulesAbove(folder: string): boolean {
  const above = dirname(folder);
  return above !== folder && (existsSync(join(above, 'node_modules')) || hasModulesAbove(above));
}
