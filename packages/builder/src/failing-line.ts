// Colours and cursor movements, which tools print even into files.
const escapes = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007]*\u0007/g;

/** A line without terminal escapes and control characters. */
export const plainLine = (line: string): string =>
  line
    .replace(escapes, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .trimEnd();

/** What package managers add after the real reason. */
const noise = [
  /^npm (error|ERR!)\s*$/,
  /^npm (error|ERR!) (code|path|command|errno|syscall|signal|workspace|location|A complete log|Lifecycle script|in workspace|at location|Exit status)\b/i,
  /^\s+at /,
  /^\s*\^+\s*$/,
  /^error Command failed with exit code/,
  /^info Visit /,
  /ELIFECYCLE/,
  /^\[notice\]/,
  /^Node\.js v/,
  /^npm (notice|warn|WARN)/,
];

/** Lines that name the fault itself. */
const strong = [
  /^(\w+\.)*\w*(Error|Exception)\b(\s*\[[\w-]+\])?:/,
  /\berror (TS|CS)?\d+/i,
  /(^|\s|✖|✘)\[?error\]?:/i,
  /^\.?[\w./@-]+\.\w{1,5}[:(]\d+([:,]\d+)?\)?:? /,
  /^go: /,
];
// npm tells its reason first and explains afterwards, over many lines.
const fromNpm = /^npm (error|ERR!) /;
const weak = /error|fail|cannot|can't|not found|no such|unable|denied|refused|missing|undefined/i;

/** The line of a log that tells best why a command failed: the last one that looks like an error. */
export function findFailingLine(lines: readonly string[]): string | undefined {
  const candidates = lines.map(plainLine).filter((line) => line.trim() !== '' && !noise.some((pattern) => pattern.test(line)));
  const last = (test: (line: string) => boolean): string | undefined => {
    for (let index = candidates.length - 1; index >= 0; index -= 1) {
      const line = candidates[index];
      if (line !== undefined && test(line)) return line;
    }
    return undefined;
  };
  const found =
    last((line) => strong.some((pattern) => pattern.test(line.replace(fromNpm, '')))) ??
    candidates.find((line) => fromNpm.test(line)) ??
    last((line) => weak.test(line)) ??
    candidates.at(-1);
  return found?.trim();
}
