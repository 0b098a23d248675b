import { type ComponentPlace, followBinding } from '@fairway/sdk';
import type { CommandContext } from './command.ts';
import { followToUrl } from './follow-to-url.ts';

/** Waits until a binding that was just changed is ready and answers, unless nobody wants to wait, and prints how it ended. */
export async function finishBinding(
  context: CommandContext,
  place: ComponentPlace,
  wanted: { environment: string; release?: string; record?: string },
  runsBefore?: string,
): Promise<void> {
  const { terminal, signal } = context;
  const { fairway } = await context.connect();
  if (context.options.wait === false)
    return terminal.result({
      data: { ...place, ...wanted },
      text: `${place.component} is on its way in ${wanted.environment}`,
      names: [place.component],
    });
  const done = await followToUrl(terminal, { events: followBinding(fairway, place, { ...wanted, signal }), runsBefore, signal });
  const [url] = done.urls;
  await terminal.result({
    data: { ...place, ...done },
    text: `${done.release} in ${done.environment}${url === undefined ? '' : `: ${url}`}`,
    names: [place.component],
  });
}
