import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { commands as commandTable } from '../packages/cli/src/commands.ts';
import { listedFiles } from './listed-files.ts';
import { anchorOf, readMarkdown } from './read-markdown.ts';

/** What a row of the command line's table says about itself. */
export interface DocumentedCommand {
  usage: string;
  flags?: readonly { flags: string }[];
}

const sharedFlags = ['-o', '--output', '--color', '-q', '--quiet', '-h', '--help'];
// The places of a line where a command stands: its beginning, behind a pipe, `&&`, `;` or `$(`, after variables that are set for it.
const called = /(?:^|[|;&]|\$\()\s*(?:[A-Z_]+=\S*\s+)*(?:\S*\/)?fairway[ \t]+([^|;&)#>]+)/g;
const outside = /^([a-z][a-z+.-]*:|\/\/)/i;

/**
 * Says what the pages promise and the repository does not keep: links that lead nowhere, commands and flags that the command line does not have, variables that
 * nothing reads.
 */
export function checkDocs(root: string, commands: readonly DocumentedCommand[] = commandTable): string[] {
  const files = listedFiles(root);
  const pages = new Map(
    files.filter((file) => file.endsWith('.md')).map((file) => [file, readMarkdown(readFileSync(join(root, file), 'utf8'))]),
  );
  if (pages.size === 0) return ['no page was read: the check itself is broken'];
  const sources = files
    .filter((file) => /(\.ts|\.sh|\.json|^Makefile)$/.test(file) && !file.includes('/generated/') && file !== 'package-lock.json')
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  const anchors = (file: string): ReadonlySet<string> => new Set(pages.get(file)?.headings.map(({ text }) => anchorOf(text)));

  return [...pages].flatMap(([file, { links, code, inline }]) => [
    ...links.flatMap(({ line, text }) => told(file, line, linkProblem({ root, file, target: text, anchors }))),
    ...code.flatMap(({ line, text }) => callsIn(text).flatMap((call) => told(file, line, callProblem(call, commands)))),
    ...inline.flatMap(({ line, text }) => [
      ...(/^(\.\/)?fairway\s/.test(text) ? callsIn(text) : []).flatMap((call) => told(file, line, callProblem(call, commands))),
      ...told(file, line, flagProblem(text, commands, sources)),
    ]),
    ...[...code, ...inline].flatMap(({ line, text }) =>
      variablesIn(text).flatMap((name) => told(file, line, variableProblem(name, sources))),
    ),
  ]);
}

const told = (file: string, line: number, problem: string | undefined): string[] =>
  problem === undefined ? [] : [`${file}:${line}: ${problem}`];

interface LinkQuestion {
  root: string;
  file: string;
  target: string;
  anchors: (file: string) => ReadonlySet<string>;
}

function linkProblem({ root, file, target, anchors }: LinkQuestion): string | undefined {
  if (outside.test(target)) return undefined;
  const [path = '', anchor] = target.split('#', 2);
  const there = path === '' ? file : posix.join(posix.dirname(file), decodeURIComponent(path));
  if (there.startsWith('..')) return `the link ${target} leaves the repository`;
  if (!existsSync(join(root, there))) return `the link ${target} leads nowhere: there is no ${there}`;
  if (anchor === undefined || !there.endsWith('.md') || anchors(there).has(anchor)) return undefined;
  return `the link ${target} names a heading that ${there} does not have`;
}

const callsIn = (line: string): string[] =>
  [...line.matchAll(called)].map(([, words = '']) => words.trim()).filter((words) => words !== '');

/** The words of a row without its arguments: `config set`. */
const wordsOf = ({ usage }: DocumentedCommand): string[] => usage.split(' ').filter((word) => !/^[[<]/.test(word));
const flagsOf = ({ flags = [] }: DocumentedCommand): string[] => flags.flatMap((flag) => flag.flags.match(/--?[a-z][a-z-]*/g) ?? []);

function callProblem(call: string, commands: readonly DocumentedCommand[]): string | undefined {
  const words = call.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  const named = words.filter((word) => !word.startsWith('-'));
  // Capitals and brackets stand for a command that the reader chooses.
  if (!/^[a-z]/.test(named[0] ?? '') || named[0] === 'help') return undefined;
  const command = commands
    .filter((row) => wordsOf(row).every((word, index) => named[index] === word))
    .toSorted((a, b) => wordsOf(b).length - wordsOf(a).length)[0];
  // `fairway config` alone speaks of all commands that begin so.
  const isFamily = commands.some((row) => wordsOf(row).length > words.length && words.every((word, index) => wordsOf(row)[index] === word));
  if (command === undefined) return isFamily ? undefined : `"fairway ${call}": there is no such command`;
  const known = [...sharedFlags, ...flagsOf(command)];
  const wrong = words
    .filter((word) => /^--?[a-zA-Z]/.test(word))
    .map((word) => word.split('=', 1)[0] ?? '')
    .find((flag) => !known.includes(flag));
  return wrong === undefined ? undefined : `"fairway ${call}": ${wordsOf(command).join(' ')} has no flag ${wrong}`;
}

/** A flag that stands alone belongs to some program of ours. */
function flagProblem(text: string, commands: readonly DocumentedCommand[], sources: string): string | undefined {
  const name = /^--([a-z][a-z-]*)(?:[ =].*)?$/.exec(text)?.[1];
  if (name === undefined || sharedFlags.includes(`--${name}`) || commands.some((row) => flagsOf(row).includes(`--${name}`)))
    return undefined;
  const isRead = [`'${name}'`, `--${name}`, `${name}: { type:`].some((spelling) => sources.includes(spelling));
  return isRead ? undefined : `no program of this repository has the flag --${name}`;
}

const variablesIn = (text: string): string[] => text.match(/\bFAIRWAY_[A-Z0-9_]+/g) ?? [];
const variableProblem = (name: string, sources: string): string | undefined =>
  sources.includes(name) ? undefined : `nothing in this repository reads ${name}`;
