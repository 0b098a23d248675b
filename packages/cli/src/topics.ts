import { aboutExitCodes, exitCodes } from './exit-codes.ts';

/** A page of `fairway help TOPIC`, beside the commands. */
export interface Topic {
  name: string;
  about: string;
  /** Rows of two columns. */
  rows: readonly (readonly [string, string])[];
  after?: string;
}

export const topics: readonly Topic[] = [
  {
    name: 'exit-codes',
    about: 'What the exit code of a command means',
    rows: (Object.keys(exitCodes) as (keyof typeof exitCodes)[]).map((name) => [String(exitCodes[name]), aboutExitCodes[name]]),
  },
  {
    name: 'environment',
    about: 'Variables that the program reads',
    rows: [
      [
        'FAIRWAY_HOME',
        'state folder of the installation on this machine (default: .fairway/state in a checkout, else $XDG_DATA_HOME/fairway)',
      ],
      ['FAIRWAY_HOST', 'address of another platform, for example https://fairway.example.org'],
      ['FAIRWAY_TOKEN', 'token for it; for the installation on this machine too, instead of the administrator’s'],
      ['NO_COLOR', 'no colour when it is not empty'],
      ['CLICOLOR', 'no colour when it is 0'],
      ['FORCE_COLOR, CLICOLOR_FORCE', 'colour without a terminal too, unless they are 0'],
      ['TERM', 'no colour when it is dumb'],
    ],
    after: 'A flag wins over its variable.',
  },
  {
    name: 'formatting',
    about: 'How results are printed, for people and for programs',
    rows: [
      ['-o text', 'tables and sentences (the default); their wording may change'],
      ['-o json', 'one JSON value; lists as {"items": […]}; streams as one value a line; errors as {"error": {…}} on standard error'],
      ['-o yaml', 'the same value as YAML; streams as one document each'],
      ['-o name', 'names only, one a line'],
      ['--color', 'auto, always or never; auto means: only to a terminal'],
      ['--quiet', 'nothing but the result'],
    ],
    after:
      'Results go to standard output, everything else to standard error. Nothing is cut off, and nothing is asked where no terminal is.',
  },
];

export function renderTopic({ about, rows, after }: Topic): string {
  const width = Math.max(...rows.map(([head]) => head.length));
  const lines = rows.map(([head, text]) => `  ${head.padEnd(width)}  ${text}`);
  return `${about}\n\n${lines.join('\n')}\n${after === undefined ? '' : `\n${after}\n`}`;
}
