import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

/** Where the generated file lies; the builder imports it, so that it is part of the one bundled file. */
export const generatedFile: URL = new URL('../../generated/static-server.json', import.meta.url);

/** The static server as JavaScript, as text of the generated file. Runs on the Node of the project, not on that of the build. */
export function generateStaticServer(): string {
  const source = readFileSync(new URL('./static-server.ts', import.meta.url), 'utf8');
  const script = stripTypeScriptTypes(source, { mode: 'strip' })
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line, index, lines) => line !== '' || lines[index - 1] !== '')
    .join('\n');
  return `${JSON.stringify({ script }, undefined, 2)}\n`;
}

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  mkdirSync(new URL('.', generatedFile), { recursive: true });
  writeFileSync(generatedFile, generateStaticServer());
}
