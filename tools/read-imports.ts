/** What a file imports. */
export interface Import {
  /** As written; undefined when it is put together while the program runs. */
  target: string | undefined;
  line: number;
}

// The formatter puts every import and export at the start of a line.
const statement = /^(?:import|export)(?:\s+type)?\s*(?:[\w$*{][^'"`;]*?\sfrom\s*)?(['"])([^'"\n]+)\1/gm;
const call = /(?<![\w.$])import\((?!\))\s*(?:(['"])([^'"\n]+)\1)?/g;
const wholeText = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`/g;

/** The imports of a TypeScript source: statements, re-exports, `import()` and types by `import()`. */
export function readImports(source: string): Import[] {
  const calls = [...source.matchAll(call)].filter((match) => !isText(source, match.index));
  const found = [...source.matchAll(statement), ...calls].map((match) => ({
    target: match[2],
    line: source.slice(0, match.index).split('\n').length,
  }));
  return found.sort((left, right) => left.line - right.line);
}

/** Whether a place lies in a string or a comment that began on its line. */
function isText(source: string, index: number): boolean {
  const before = source.slice(source.lastIndexOf('\n', index - 1) + 1, index).replaceAll(wholeText, '');
  return /['"`]|\/\/|^\s*\/?\*/.test(before);
}
