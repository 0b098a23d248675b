import { spawn } from 'node:child_process';
import { type CommandContext, text } from '../command.ts';
import { bindingsOf, requireComponent } from '../components.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { placeOf } from '../place.ts';

export async function open(context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  const place = await placeOf(context, context.args[0]);
  const environment = text(context.options.env);
  const { fairway } = await context.connect();
  const [bindings] = await Promise.all([bindingsOf(fairway, place, signal), requireComponent(fairway, place, signal)]);
  const urls = bindings.find(({ spec }) => spec?.environment === environment)?.status?.urls ?? [];
  const [url] = urls;
  if (url === undefined)
    throw new CommandError({
      message: `${place.component} has no address in ${environment}`,
      exitCode: exitCodes.notFound,
      hint: `fairway status ${place.component} shows where it runs`,
    });
  if (terminal.isInteractive && terminal.format === 'text') openInBrowser(url);
  await terminal.result({ data: { url, urls, environment }, text: url, names: [url] });
}

/** Where no browser is installed, the printed address is all there is. */
function openInBrowser(url: string): void {
  if (!/^https?:\/\//.test(url)) return;
  spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], { detached: true, stdio: 'ignore' })
    .once('error', () => {})
    .unref();
}
