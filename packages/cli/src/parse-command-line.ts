import { CommanderError, Option, Command as Program } from 'commander';
import { type Command, wordsOf } from './command.ts';
import { commands } from './commands.ts';
import { colorModes, outputFormats } from './terminal.ts';
import { topics } from './topics.ts';

export type Flags = Record<string, string | boolean | string[] | undefined>;

export type ParsedLine =
  | { is: 'command'; command: Command; args: string[]; flags: Flags }
  | { is: 'help'; text: string }
  | { is: 'wrong'; message: string; hint: string };

/** What every command understands. */
export const commonFlags = [
  new Option('-o, --output <format>', 'how to print the result').choices(outputFormats).default('text'),
  new Option('--color <when>', 'colour').choices(colorModes).default('auto'),
  new Option('-q, --quiet', 'print nothing but the result'),
];

/** Finds the row of the table that a command line means, with its arguments and flags. Runs nothing. */
export function parseCommandLine(argv: readonly string[]): ParsedLine {
  let found: ParsedLine | undefined;
  let shown = '';
  const program = new Program('fairway')
    .description('From commit to cluster: build, deploy, promote and roll back on your own platform.')
    .usage('COMMAND [arguments] [flags]')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        shown += text;
      },
      writeErr: (text) => {
        shown += text;
      },
    })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      `\nTopics: fairway help ${topics.map(({ name }) => name).join(' | ')}\nThe flags of a command: fairway help COMMAND`,
    );
  for (const command of commands)
    attach(program, command, (args, flags) => {
      found = { is: 'command', command, args, flags };
    });
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { is: 'help', text: shown };
    return { is: 'wrong', message: error.code === 'commander.help' ? 'no such command' : wordsOfError(error), hint: helpFor(argv) };
  }
  return found ?? { is: 'wrong', message: 'no such command', hint: helpFor(argv) };
}

const wordsOfError = ({ message }: CommanderError): string =>
  message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .trim();

function helpFor(argv: readonly string[]): string {
  const known = commands.map((command) => wordsOf(command)).find((words) => words.every((word, at) => argv[at] === word));
  return known === undefined ? 'fairway help lists the commands' : `fairway help ${known.join(' ')} shows how it is used`;
}

function attach(program: Program, command: Command, found: (args: string[], flags: Flags) => void): void {
  const words = wordsOf(command);
  const args = command.usage.split(' ').slice(words.length).join(' ');
  const parent = words.slice(0, -1).reduce((at, noun) => at.commands.find((known) => known.name() === noun) ?? group(at, noun), program);
  const made = parent.command(`${words.at(-1)} ${args}`.trim()).description(command.about);
  for (const { flags, about, fallback } of command.flags ?? [])
    made.addOption(fallback === undefined ? new Option(flags, about) : new Option(flags, about).default(fallback));
  for (const option of commonFlags) made.addOption(option);
  made
    .helpCommand(false)
    .addHelpText('after', `\nExamples:\n${command.examples.map((example) => `  ${example}`).join('\n')}`)
    .exitOverride()
    .action(() => found(made.args, made.opts<Flags>()));
}

function group(parent: Program, noun: string): Program {
  const about = commands.filter((command) => wordsOf(command)[0] === noun).map((command) => wordsOf(command).at(-1));
  return parent
    .command(noun)
    .description(`Commands: ${about.join(', ')}`)
    .helpCommand(false)
    .exitOverride();
}
