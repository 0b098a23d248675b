import type { ComponentPlace, Fairway } from '@fairway/sdk';
import { type CommandContext, text } from '../command.ts';
import { bindingsOf, readyRelease, requireComponent } from '../components.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { finishBinding } from '../finish-binding.ts';
import { placeOf } from '../place.ts';
import { pipelineOf } from '../root-environment-of.ts';

export async function promote(context: CommandContext): Promise<void> {
  const targetEnv = text(context.options.to);
  if (targetEnv === undefined)
    throw new CommandError({ message: 'which environment?', exitCode: exitCodes.usage, hint: 'give --to ENVIRONMENT' });
  const place = await placeOf(context, context.args[0]);
  const { fairway } = await context.connect();
  await requireComponent(fairway, place, context.signal);
  const sourceEnv = text(context.options.from) ?? (await sourceOf(fairway, place, targetEnv, context.signal));
  const bindings = await bindingsOf(fairway, place, context.signal);
  if (!bindings.some(({ spec }) => spec?.environment === sourceEnv && spec.componentRelease !== undefined))
    throw new CommandError({
      message: `${place.component} does not run in ${sourceEnv}, from where ${targetEnv} gets its release`,
      exitCode: exitCodes.notFound,
      hint: `fairway status ${place.component} shows where it runs; bring it to ${sourceEnv} first`,
    });
  await fairway.components.promote(place, { sourceEnv, targetEnv }, context.signal);
  await finishBinding(
    context,
    place,
    { environment: targetEnv },
    readyRelease(bindings.filter(({ spec }) => spec?.environment === targetEnv)),
  );
}

/** The environment from which the pipeline leads to the target. */
async function sourceOf(fairway: Fairway, place: ComponentPlace, target: string, signal: AbortSignal): Promise<string> {
  const paths = (await pipelineOf(fairway, place, signal))?.spec?.promotionPaths ?? [];
  const source = paths.find(({ targetEnvironmentRefs }) => targetEnvironmentRefs.some((known) => known.name === target));
  if (source !== undefined) return source.sourceEnvironmentRef;
  const targets = paths.flatMap(({ targetEnvironmentRefs }) => targetEnvironmentRefs.map((known) => known.name));
  throw new CommandError({
    message: `no promotion path of ${place.project} leads to ${target}`,
    exitCode: exitCodes.notFound,
    hint: targets.length === 0 ? 'its pipeline has no paths' : `its pipeline leads to ${targets.join(', ')}; --from names a source`,
  });
}
