import { type Command, wordsOf } from './command.ts';
import { commands } from './commands.ts';
import { commonFlags } from './parse-command-line.ts';
import { topics } from './topics.ts';

/** docs/cli.md: all of it comes from the command table and the topics. */
export function renderReference(): string {
  const index = commands.map((command) => {
    const name = wordsOf(command).join(' ');
    return [`[\`${name}\`](#fairway-${name.replaceAll(' ', '-')})`, command.about] as const;
  });
  const sections = [
    '# The command line',
    '<!-- Generated from packages/cli/src/commands.ts by `npm run generate`. -->',
    'In the checkout the program is `./fairway`. `fairway help COMMAND` prints what stands here.',
    tableOf(['command', 'what it does'], index),
    '## Flags of every command',
    tableOf(
      ['flag', 'what it does'],
      commonFlags.map(({ flags, description, argChoices, defaultValue }) => [
        `\`${flags}\``,
        description +
          (argChoices === undefined ? '' : `: ${argChoices.join(', ')}`) +
          (defaultValue === undefined ? '' : ` (default: ${String(defaultValue)})`),
      ]),
    ),
    ...commands.flatMap(sectionOf),
    ...topics.flatMap(({ about, rows, after }) => [
      `## ${about}`,
      tableOf(
        ['', ''],
        rows.map(([head, text]) => [`\`${head}\``, text]),
      ),
      ...(after === undefined ? [] : [after]),
    ]),
  ];
  return `${sections.join('\n\n')}\n`;
}

function sectionOf(command: Command): string[] {
  const flags = (command.flags ?? []).map(
    ({ flags: shape, about, fallback }) =>
      [`\`${shape}\``, fallback === undefined ? about : `${about} (default: ${String(fallback)})`] as const,
  );
  return [
    `## fairway ${wordsOf(command).join(' ')}`,
    `${command.about}.`,
    `\`\`\`sh\nfairway ${command.usage}\n\`\`\``,
    ...(flags.length === 0 ? [] : [tableOf(['flag', 'what it does'], flags)]),
    `Examples:\n\n\`\`\`sh\n${command.examples.join('\n')}\n\`\`\``,
  ];
}

function tableOf(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  return [head, ['---', '---'] as const, ...rows].map(([left, right]) => `| ${cell(left)} | ${cell(right)} |`).join('\n');
}
