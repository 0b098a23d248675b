import { homedir } from 'node:os';
import { stateFiles, stateFolder } from '@fairway/supervisor';
import { CommanderError, Option, Command as Program } from 'commander';
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { type Connection, connect } from './connection.ts';
import { CommandError, exitCodeOf, exitCodes } from './exit-codes.ts';
import { createTerminal, type OutputFormat, type Terminal, type TerminalOptions } from './terminal.ts';

export interface CliOptions extends Pick<TerminalOptions, 'stdout' | 'stderr' | 'stdin' | 'env'> {
  argv: readonly string[];
  cwd: string;
  checkout: string;
  signal: AbortSignal;
}

type Flags = Record<string, string | boolean | string[] | undefined>;
const durations: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Parses the arguments, runs one command, and answers the exit code. Never throws. */
export async function runCli(options: CliOptions): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = new Program('fairway')
    .description('From commit to cluster: build, deploy, promote and roll back on your own platform.')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void options.stdout.write(text), writeErr: (text) => void options.stderr.write(text) })
    .showSuggestionAfterError();
  for (const command of commands)
    attach(program, command, async (args, flags) => {
      exitCode = await runCommand(options, command, { args, flags });
    });
  program.command('help-exit-codes', { hidden: true }).action(() => void options.stdout.write(exitCodeHelp));
  try {
    await program.parseAsync([...options.argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    exitCode = ['commander.helpDisplayed', 'commander.help', 'commander.version'].includes(error.code) ? exitCodes.ok : exitCodes.usage;
  }
  return exitCode;
}

function attach(program: Program, command: Command, run: (args: string[], flags: Flags) => Promise<void>): void {
  const words = command.usage.split(' ');
  const nouns = words.filter((word) => !/^[[<]/.test(word));
  const parent = nouns.slice(0, -1).reduce((at, noun) => at.commands.find((known) => known.name() === noun) ?? at.command(noun), program);
  const made = parent.command([nouns.at(-1) ?? '', ...words.filter((word) => /^[[<]/.test(word))].join(' ')).description(command.about);
  for (const { flags, about, fallback } of command.flags ?? [])
    made.addOption(fallback === undefined ? new Option(flags, about) : new Option(flags, about).default(fallback));
  made
    .addOption(new Option('-o, --output <format>', 'how to print the result').choices(['text', 'json', 'yaml', 'name']).default('text'))
    .addOption(new Option('--color <when>', 'colour').choices(['auto', 'always', 'never']).default('auto'))
    .option('-q, --quiet', 'print nothing but the result')
    .addHelpText('after', `\nExamples:\n${command.examples.map((example) => `  ${example}`).join('\n')}\n`)
    .exitOverride()
    .action(async (...given: unknown[]) => {
      const flags = made.opts<Flags>();
      await run(
        given
          .slice(0, -2)
          .flat()
          .filter((arg): arg is string => typeof arg === 'string'),
        flags,
      );
    });
}

async function runCommand(options: CliOptions, command: Command, given: { args: string[]; flags: Flags }): Promise<number> {
  const { flags } = given;
  const terminal = createTerminal({
    ...options,
    format: flags.output as OutputFormat,
    isQuiet: flags.quiet === true,
    color: flags.color as 'auto',
  });
  const files = stateFiles(stateFolder(options.env, options.checkout, homedir()));
  let connection: Promise<Connection> | undefined;
  const late = new AbortController();
  const timeout = durationMs(flags.timeout);
  const timer = timeout === undefined ? undefined : setTimeout(() => late.abort(), timeout);
  try {
    if (Number.isNaN(timeout))
      throw new CommandError({
        message: `"${String(flags.timeout)}" is no duration`,
        exitCode: exitCodes.usage,
        hint: 'write 90s, 10m or 1h',
      });
    await command.run({
      terminal,
      files,
      checkout: options.checkout,
      cwd: options.cwd,
      env: options.env,
      signal: AbortSignal.any([options.signal, late.signal]),
      options: flags,
      args: given.args,
      connect: () => {
        connection ??= connect(files, options.env);
        return connection;
      },
    });
    return exitCodes.ok;
  } catch (error) {
    if (options.signal.aborted) {
      terminal.note('interrupted; work that has begun goes on: fairway status shows it');
      return exitCodes.interrupted;
    }
    if (late.signal.aborted)
      return tellError(
        terminal,
        options,
        new CommandError({
          message: `it took longer than ${String(flags.timeout)}; the work goes on`,
          exitCode: exitCodes.timeout,
          hint: 'fairway status shows how it stands; --timeout waits longer',
          cause: error,
        }),
      );
    return tellError(terminal, options, error);
  } finally {
    clearTimeout(timer);
  }
}

function durationMs(given: Flags[string]): number | undefined {
  if (typeof given !== 'string') return undefined;
  const [, number, unit] = /^(\d+)(ms|s|m|h)$/.exec(given) ?? [];
  return number === undefined || unit === undefined ? Number.NaN : Number(number) * (durations[unit] ?? 1);
}

function tellError(terminal: Terminal, { stderr }: CliOptions, error: unknown): number {
  const exitCode = exitCodeOf(error);
  const { message, hint, code, requestId, details } = error as Partial<CommandError> & { code?: string; requestId?: string };
  if (terminal.format === 'json') {
    stderr.write(
      `${JSON.stringify({ error: { message, exitCode, ...(code === undefined ? {} : { code }), ...(hint === undefined ? {} : { hint }), ...(requestId === undefined ? {} : { requestId }), ...details } })}\n`,
    );
    return exitCode;
  }
  stderr.write(`${terminal.style('bad', 'error:')} ${message}${requestId === undefined ? '' : ` (request ${requestId})`}\n`);
  if (hint !== undefined) stderr.write(`${terminal.style('dim', 'next:')} ${hint}\n`);
  return exitCode;
}

const exitCodeHelp = `Exit codes
   0  success
   1  failed; also: the operation ended failed or rolled back
   2  usage or validation
   3  differences found
   4  not signed in, or expired
   5  not found
   6  confirmation needed but no terminal (give --yes)
   7  conflict or failed precondition
   8  timed out waiting; the work goes on
   9  forbidden
  10  server unreachable, or an error of the server
 130  interrupted
`;
