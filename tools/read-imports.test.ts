import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readImports } from './read-imports.ts';

const cases: readonly { source: string; targets: (string | undefined)[]; because: string }[] = [
  { source: "import a from 'x';", targets: ['x'], because: 'a default' },
  { source: "import type { A } from 'x';", targets: ['x'], because: 'a type is an import too' },
  { source: "import {\n  a,\n  type B,\n} from 'x';", targets: ['x'], because: 'lists are broken over lines' },
  { source: "import * as a from 'x';\nimport 'y';", targets: ['x', 'y'], because: 'all names, and none' },
  { source: "export { a } from 'x';\nexport * from 'y';", targets: ['x', 'y'], because: 're-exports' },
  { source: "import a from './a.json' with { type: 'json' };", targets: ['./a.json'], because: 'attributes follow' },
  { source: "  const { a } = await import('x');", targets: ['x'], because: 'late imports' },
  { source: "type A = import('x').A;", targets: ['x'], because: 'types by import' },
  { source: 'const a = await import(name);', targets: [undefined], because: 'nobody knows which' },
  { source: "const a = \"import('x')\"; // import('y')", targets: [], because: 'texts and comments import nothing' },
  { source: "export const from = 'x';", targets: [], because: 'from is a name like any other' },
];

for (const { source, targets, because } of cases)
  test(`imports: ${because}`, () => {
    assert.deepEqual(
      readImports(source).map(({ target }) => target),
      targets,
    );
  });
