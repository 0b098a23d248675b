import { ConflictError, kinds } from '@fairway/sdk';
import { assignment } from '../assignment.ts';
import { type CommandContext, text } from '../command.ts';
import { requireComponent, requireEnvironment } from '../components.ts';
import { type ConfigurationGroup, withValue } from '../configuration-group.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { placeOf } from '../place.ts';

// Somebody else may change the same group meanwhile; more than a few clashes in a row is another trouble.
const maxTries = 5;

export async function configSet(context: CommandContext): Promise<void> {
  const environment = text(context.options.env);
  if (environment === undefined)
    throw new CommandError({ message: 'which environment?', exitCode: exitCodes.usage, hint: 'give -e ENVIRONMENT' });
  const changes = context.args.slice(1).map((given) => assignment(given));
  const place = await placeOf(context, context.args[0]);
  const { fairway } = await context.connect();
  await requireComponent(fairway, place, context.signal);
  await requireEnvironment(fairway, { ...place, environment }, context.signal);
  const groups = fairway.resources<ConfigurationGroup>(kinds.configurationGroup);
  const key = { namespace: place.organization, signal: context.signal };
  for (let attempt = 1; ; attempt += 1)
    try {
      const known = await groups.get(place.component, key);
      const configurations = changes.reduce((all, change) => withValue(all, change, environment), known?.spec?.configurations ?? []);
      if (known === undefined) {
        const metadata = { namespace: place.organization, name: place.component };
        const made = { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'ConfigurationGroup', metadata, spec: { configurations } };
        await groups.create(made, { signal: context.signal });
      } else {
        const metadata = { resourceVersion: known.metadata.resourceVersion };
        await groups.patch(place.component, { metadata, spec: { configurations } }, key);
      }
      break;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt >= maxTries) throw error;
    }
  const names = changes.map(({ key: name }) => name);
  await context.terminal.result({
    data: { component: place.component, environment, set: names },
    text: `set ${names.join(', ')} of ${place.component} in ${environment}`,
    names,
  });
}
