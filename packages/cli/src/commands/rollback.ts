import { type CommandContext, text } from '../command.ts';
import { requireComponent } from '../components.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { finishBinding } from '../finish-binding.ts';
import { placeOf } from '../place.ts';

export async function rollback(context: CommandContext): Promise<void> {
  const environment = text(context.options.env);
  if (environment === undefined)
    throw new CommandError({ message: 'which environment?', exitCode: exitCodes.usage, hint: 'give -e ENVIRONMENT' });
  const place = await placeOf(context, context.args[0]);
  const { fairway } = await context.connect();
  await requireComponent(fairway, place, context.signal);
  const to = text(context.options.to);
  const bound = await fairway.components.rollback(place, { environment, ...(to === undefined ? {} : { to }) }, context.signal);
  await finishBinding(context, place, { environment, release: bound.componentRelease, record: bound.deploymentRecord });
}
