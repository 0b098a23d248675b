/**
 * Writes docs/cli.md from the command line's own table of commands.
 * `--check` writes nothing and exits 1 when the page differs from what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { renderReference } from '@fairway/cli';

const page = new URL('../docs/cli.md', import.meta.url);
const text = renderReference();
const isStale = readFileSync(page, 'utf8') !== text;
if (process.argv.includes('--check')) {
  if (isStale) console.error('docs/cli.md is not what the commands say: run npm run generate');
  process.exit(isStale ? 1 : 0);
}
if (isStale) writeFileSync(page, text);
