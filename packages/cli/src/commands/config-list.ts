import { kinds } from '@fairway/sdk';
import { type CommandContext, text } from '../command.ts';
import { requireComponent, requireEnvironment } from '../components.ts';
import type { ConfigurationGroup } from '../configuration-group.ts';
import { placeOf } from '../place.ts';
import { table } from '../terminal.ts';

export async function configList(context: CommandContext): Promise<void> {
  const place = await placeOf(context, context.args[0]);
  const environment = text(context.options.env);
  const { fairway } = await context.connect();
  const known = await fairway
    .resources<ConfigurationGroup>(kinds.configurationGroup)
    .get(place.component, { namespace: place.organization, signal: context.signal });
  if (known === undefined) await requireComponent(fairway, place, context.signal);
  if (environment !== undefined) await requireEnvironment(fairway, { ...place, environment }, context.signal);
  const all = (known?.spec?.configurations ?? []).flatMap(({ key, values }) =>
    values.map((value) => ({ key, environment: value.environment ?? value.environmentGroupRef, value: value.value })),
  );
  const rows = all.filter((row) => environment === undefined || row.environment === environment);
  const lines = rows.map((row) => [row.key, row.environment, row.value]);
  await context.terminal.result({
    data: { items: rows },
    text:
      rows.length === 0
        ? `no variables are set${environment === undefined ? '' : ` in ${environment}`}`
        : table(['KEY', 'ENVIRONMENT', 'VALUE'], lines),
    names: rows.map(({ key }) => key),
  });
}
