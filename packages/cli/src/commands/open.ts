import { spawn } from 'node:child_process';
import { type Command, text } from '../command.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { placeFlags, placeOf } from '../place.ts';
import { bindingsOf } from './promote.ts';

export const open: Command = {
  usage: 'open [name]',
  about: 'Print the address of an application, and open it when a person is here',
  flags: [...placeFlags, { flags: '-e, --env <name>', about: 'environment', fallback: 'development' }],
  examples: ['fairway open hello', 'fairway open hello -e staging'],
  run: async (context) => {
    const place = await placeOf(context, context.args[0]);
    const environment = text(context.options.env);
    const { fairway } = await context.connect();
    const urls =
      (await bindingsOf(fairway, place, context.signal)).find(({ spec }) => spec?.environment === environment)?.status?.urls ?? [];
    const [url] = urls;
    if (url === undefined)
      throw new CommandError({
        message: `${place.component} has no address in ${environment}`,
        exitCode: exitCodes.notFound,
        hint: `fairway status ${place.component} shows where it runs`,
      });
    if (context.terminal.isInteractive && context.terminal.format === 'text')
      spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], { detached: true, stdio: 'ignore' })
        .once('error', () => {})
        .unref();
    await context.terminal.result({ data: { url, urls, environment }, text: url, names: [url] });
  },
};
