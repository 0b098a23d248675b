import type { Command, CommandContext } from './command.ts';
import { wordsOf } from './command.ts';
import { commands } from './commands.ts';
import type { Connection } from './connection.ts';
import { durationMs } from './duration.ts';
import { CommandError, exitCodeOf, exitCodes } from './exit-codes.ts';
import { type Flags, type ParsedLine, parseCommandLine } from './parse-command-line.ts';
import { type ColorMode, createTerminal, type OutputFormat, type Terminal, type TerminalOptions } from './terminal.ts';
import { renderTopic, topics } from './topics.ts';

export interface CliOptions extends Pick<TerminalOptions, 'stdout' | 'stderr' | 'env'> {
  argv: readonly string[];
  cwd: string;
  checkout: string;
  home: string;
  stdin: TerminalOptions['stdin'] & CommandContext['stdin'];
  signal: AbortSignal;
}

/** Parses the arguments, runs one command, and answers the exit code. Never throws. */
export async function runCli(options: CliOptions): Promise<number> {
  const argv = withoutShorthands(options.argv);
  const parsed = argv[0] === 'help' ? helpOn(argv.slice(1)) : parseCommandLine(argv);
  if (parsed.is === 'help') {
    options.stdout.write(parsed.text);
    return exitCodes.ok;
  }
  if (parsed.is === 'wrong') {
    const terminal = terminalOf(options, flagsOfWrong(argv));
    return tellError(terminal, new CommandError({ message: parsed.message, exitCode: exitCodes.usage, hint: parsed.hint }));
  }
  return runCommand(options, parsed.command, { args: parsed.args, flags: parsed.flags });
}

/** `fairway help`, `fairway help TOPIC` and `fairway help COMMAND`. */
function helpOn(words: readonly string[]): ParsedLine {
  const topic = topics.find(({ name }) => name === words[0]);
  if (topic !== undefined) return { is: 'help', text: renderTopic(topic) };
  if (words.every((word) => word.startsWith('-')) || commands.some((command) => startsWith(wordsOf(command), words)))
    return parseCommandLine([...words, '--help']);
  const hint = `fairway help lists the commands; topics are ${topics.map(({ name }) => name).join(', ')}`;
  return { is: 'wrong', message: `there is no help on ${JSON.stringify(words.join(' '))}`, hint };
}

const startsWith = (command: readonly string[], words: readonly string[]): boolean =>
  words.filter((word) => !word.startsWith('-')).every((word, at) => command[at] === word);

/** `fairway` alone and a noun alone print what there is; `--version` is the command `version`. */
function withoutShorthands(argv: readonly string[]): readonly string[] {
  if (argv[0] === '--version' || argv[0] === '-V') return ['version', ...argv.slice(1)];
  const isNoun = argv.length === 1 && commands.some((command) => wordsOf(command).length > 1 && wordsOf(command)[0] === argv[0]);
  return argv.length === 0 || isNoun ? [...argv, '--help'] : argv;
}

/** What was meant by arguments that could not be parsed is not known; a wish for JSON is honoured all the same. */
function flagsOfWrong(argv: readonly string[]): Flags {
  const wants = argv.some((arg, at) => /^(-o=?|--output=)json$/.test(arg) || (/^(-o|--output)$/.test(arg) && argv[at + 1] === 'json'));
  return { output: wants ? 'json' : 'text', color: 'auto' };
}

const terminalOf = (options: CliOptions, flags: Flags): Terminal =>
  createTerminal({
    ...options,
    format: flags.output as OutputFormat,
    isQuiet: flags.quiet === true,
    color: flags.color as ColorMode,
  });

async function runCommand(options: CliOptions, command: Command, { args, flags }: { args: string[]; flags: Flags }): Promise<number> {
  const terminal = terminalOf(options, flags);
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    if (typeof flags.timeout === 'string') timer = setTimeout(() => late.abort(new Error('it took too long')), durationMs(flags.timeout));
    await command.run(await contextOf(options, { terminal, args, flags, signal: AbortSignal.any([options.signal, late.signal]) }));
    // A stream (logs -f) ends without an error when it is interrupted; scripts must still see that it did not end by itself.
    return options.signal.aborted ? exitCodes.interrupted : exitCodes.ok;
  } catch (error) {
    if (options.signal.aborted) {
      terminal.note('interrupted; work that has begun goes on: fairway status shows it');
      return exitCodes.interrupted;
    }
    return tellError(terminal, late.signal.aborted ? tooLate(String(flags.timeout), error) : error);
  } finally {
    clearTimeout(timer);
  }
}

const tooLate = (timeout: string, cause: unknown): CommandError =>
  new CommandError({
    message: `it took longer than ${timeout}; the work goes on`,
    exitCode: exitCodes.timeout,
    hint: 'fairway status shows how it stands; --timeout waits longer',
    cause,
  });

async function contextOf(
  options: CliOptions,
  of: { terminal: Terminal; args: string[]; flags: Flags; signal: AbortSignal },
): Promise<CommandContext> {
  const { stateFiles, stateFolder } = await import('@fairway/supervisor/state-folder');
  const { env, checkout, cwd, stdin } = options;
  const files = stateFiles(stateFolder(env, checkout, options.home));
  let connection: Promise<Connection> | undefined;
  return {
    ...{ terminal: of.terminal, files, checkout, cwd, env, stdin, signal: of.signal, options: of.flags, args: of.args },
    connect: () => {
      connection ??= import('./connection.ts').then(({ connect }) => connect(files, env));
      return connection;
    },
  };
}

interface PlatformAnswer {
  code: string;
  requestId: string;
  status: number;
}

function tellError(terminal: Terminal, error: unknown): number {
  const exitCode = exitCodeOf(error);
  const { message, hint, code, requestId, details, status } = error as Partial<CommandError> & Partial<PlatformAnswer>;
  terminal.failure({
    message: message ?? String(error),
    hint: hint ?? (status === 0 ? 'fairway up starts it on this machine; fairway doctor says what is wrong' : undefined),
    details: { exitCode, ...(code ? { code } : {}), ...(requestId === undefined ? {} : { requestId }), ...details },
  });
  return exitCode;
}
