import type { SourceTree } from '../source-tree.ts';
import { siteFolders } from './node-application.ts';
import type { LanguagePlan } from './plan.ts';

/** Static files: an index.html in the folder itself or in one of the folders that sites are put in. */
export function planStatic(source: SourceTree): LanguagePlan | undefined {
  const folder = ['', ...siteFolders].find((candidate) => source.has(candidate === '' ? 'index.html' : `${candidate}/index.html`));
  if (folder === undefined) return undefined;
  return {
    language: 'static',
    commands: [],
    run: ['node', '.fairway/static-server.mjs'],
    env: {},
    contents: { kind: 'site', candidates: [folder] },
    programs: [],
    toolchain: ['node', '--version'],
    notes: [],
  };
}
