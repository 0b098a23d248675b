import { resolve } from 'node:path';
import type { CommandContext } from './command.ts';
import { deploy } from './commands/deploy.ts';
import { bindingsOf } from './components.ts';
import { untilAnswers } from './follow-to-url.ts';
import { nameOfFolder, readLink } from './place.ts';

/** Deploys a folder that was never deployed; one that was keeps what its owner made of it, and is only waited for. */
export async function deploySample(context: CommandContext, folder: string): Promise<void> {
  const { terminal, cwd, signal } = context;
  const link = await readLink(resolve(cwd, folder));
  const place = { organization: link?.organization ?? 'default', component: link?.component ?? nameOfFolder(resolve(cwd, folder)) };
  const { fairway } = await context.connect();
  const bindings = await bindingsOf(fairway, place, signal);
  if (bindings.length === 0)
    return deploy({ ...context, args: [folder], options: { wait: true }, terminal: { ...terminal, result: async () => {} } });
  for (const { status } of bindings) if (status?.urls?.[0] !== undefined && isReady(status)) await untilAnswers(status.urls[0], signal);
}

const isReady = ({ conditions }: { conditions?: readonly { type: string; status: string }[] }): boolean =>
  conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
