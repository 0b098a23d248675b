import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listedFiles } from './listed-files.ts';

const maxLines = 400;
const maxTestLines = 600;

/** Files that may be longer, each with its reason. The list may only shrink. */
const exceptions: Readonly<Record<string, string>> = {};

/** Names the source files that nobody can read in one sitting. */
export function checkSizes(root: string): string[] {
  const files = listedFiles(root).filter((path) => /\.(ts|tsx|sh|js|mjs)$/.test(path) && !path.includes('/generated/'));
  return files.flatMap((file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n').length - 1;
    const limit = file.endsWith('.test.ts') || file.startsWith('tests/') ? maxTestLines : maxLines;
    return lines <= limit || file in exceptions ? [] : [`${file}: ${lines} lines, over ${limit}; a file of that length holds two things`];
  });
}
