import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commands } from './commands.ts';
import { renderReference } from './render-reference.ts';

test('docs/cli.md is what the command table says: npm run generate writes it', () => {
  const written = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');

  assert.equal(written, renderReference());
  for (const { usage } of commands) assert.ok(written.includes(`fairway ${usage}\n`), usage);
});
