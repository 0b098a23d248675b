import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generatedFile, generateStaticServer } from './generate.ts';

test('the generated static server is the one of the source: run node packages/builder/src/static-server/generate.ts', () => {
  assert.ok(readFileSync(generatedFile, 'utf8') === generateStaticServer());
});
