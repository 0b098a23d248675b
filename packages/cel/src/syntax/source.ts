/** Something wrong with an expression, and where: an index into its text, or -1 where no place can be named. */
export interface Issue {
  message: string;
  at: number;
}

/** A line that is longer is not shown under an error. */
const longestLine = 16_384;
const mostIssues = 100;

/** Tells issues as cel-go does, each with the line of the source and a caret under the place; in the order of their places. */
export function describeIssues(source: string, issues: readonly Issue[]): string {
  const told = issues.slice(0, mostIssues).map((issue) => ({ message: issue.message, ...placeOf(source, issue.at) }));
  told.sort((one, other) => one.line - other.line || one.column - other.column);
  const lines = told.map(
    ({ message, line, column, text }) =>
      `ERROR: <input>:${line}:${column + 1}: ${message}${text === undefined ? '' : snippet(text, column)}`,
  );
  if (issues.length > mostIssues) lines.push(`${issues.length - mostIssues} more errors were truncated`);
  return lines.join('\n');
}

/** Line from 1 and column from 0, counted in characters. */
function placeOf(source: string, at: number): { line: number; column: number; text?: string } {
  if (at < 0) return { line: -1, column: -1 };
  // Nothing has no place for a caret.
  if (source === '') return { line: 1, column: -1 };
  const before = source.slice(0, at);
  const start = before.lastIndexOf('\n') + 1;
  const end = source.indexOf('\n', start);
  const line = before.split('\n').length;
  return { line, column: countCharacters(before.slice(start)), text: source.slice(start, end === -1 ? undefined : end) };
}

const countCharacters = (text: string): number => Array.from(text).length;

function snippet(text: string, column: number): string {
  if (Buffer.byteLength(text) > longestLine) return '';
  const line = text.replaceAll('\t', ' ');
  const characters = Array.from(line);
  const marks = characters.slice(0, column).map((character) => (isWide(character) ? '\uff0e' : '.'));
  const caret = isWide(characters[column] ?? '') ? '\uff3e' : '^';
  return `\n | ${line}\n | ${marks.join('')}${caret}`;
}

const isWide = (character: string): boolean => (character.codePointAt(0) ?? 0) > 0x7f;
