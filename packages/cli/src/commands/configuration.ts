import { ConflictError, kinds, type ResourceObject } from '@fairway/sdk';
import { type Command, text } from '../command.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { placeFlags, placeOf } from '../place.ts';
import { table } from '../terminal.ts';

type Value = { environment?: string; environmentGroupRef?: string; value?: string };
type GroupObject = ResourceObject<{ configurations: { key: string; values: Value[] }[] }>;
const group = { apiVersion: 'openchoreo.dev/v1alpha1', kind: 'ConfigurationGroup' };
const maxTries = 5;

export const configSet: Command = {
  usage: 'config set <name> <assignments...>',
  about: 'Set variables of a component in one environment; the change rolls out at once',
  flags: [...placeFlags, { flags: '-e, --env <name>', about: 'environment' }],
  examples: ['fairway config set hello GREETING=Hi -e staging'],
  run: async (context) => {
    const environment = text(context.options.env);
    if (environment === undefined)
      throw new CommandError({ message: 'which environment?', exitCode: exitCodes.usage, hint: 'give -e ENVIRONMENT' });
    const place = await placeOf(context, context.args[0]);
    const changes = context.args.slice(1).map(assignment);
    const { fairway } = await context.connect();
    const groups = fairway.resources<GroupObject>(kinds.configurationGroup);
    const key = { namespace: place.organization, signal: context.signal };
    for (let attempt = 1; ; attempt += 1)
      try {
        const known = await groups.get(place.component, key);
        const configurations = changes.reduce((all, change) => withValue(all, change, environment), known?.spec?.configurations ?? []);
        if (known === undefined)
          await groups.create(
            { ...group, metadata: { namespace: place.organization, name: place.component }, spec: { configurations } },
            { signal: context.signal },
          );
        else
          await groups.patch(
            place.component,
            { metadata: { resourceVersion: known.metadata.resourceVersion }, spec: { configurations } },
            key,
          );
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
  },
};

export const configList: Command = {
  usage: 'config list <name>',
  about: 'The variables of a component by environment',
  flags: [...placeFlags],
  examples: ['fairway config list hello'],
  run: async (context) => {
    const place = await placeOf(context, context.args[0]);
    const { fairway } = await context.connect();
    const known = await fairway
      .resources<GroupObject>(kinds.configurationGroup)
      .get(place.component, { namespace: place.organization, signal: context.signal });
    const rows = (known?.spec?.configurations ?? []).flatMap(({ key, values }) =>
      values.map((value) => ({ key, environment: value.environment ?? value.environmentGroupRef, value: value.value })),
    );
    await context.terminal.result({
      data: { items: rows },
      text:
        rows.length === 0
          ? 'no variables are set'
          : table(
              ['KEY', 'ENVIRONMENT', 'VALUE'],
              rows.map((row) => [row.key, row.environment, row.value]),
            ),
      names: rows.map(({ key }) => key),
    });
  },
};

export const secretSet: Command = {
  usage: 'secret set <name> <keys...>',
  about: 'Set secret variables of a component; values come from standard input, one KEY=VALUE a line',
  flags: [...placeFlags, { flags: '-e, --env <name>', about: 'only in this environment (default: in all)' }],
  examples: ['printf "DB_PASSWORD=%s\\n" "$PASSWORD" | fairway secret set shop DB_PASSWORD -e production'],
  run: async (context) => {
    const place = await placeOf(context, context.args[0]);
    const keys = context.args.slice(1);
    const values = new Map(
      (await readInput())
        .split('\n')
        .filter((line) => line !== '')
        .map(assignment)
        .map(({ key, value }) => [key, value]),
    );
    const missing = keys.filter((key) => !values.has(key));
    if (missing.length > 0)
      throw new CommandError({
        message: `no value came for ${missing.join(', ')}`,
        exitCode: exitCodes.usage,
        hint: 'write one KEY=VALUE a line to standard input; values are never arguments',
      });
    const environment = text(context.options.env);
    const name = environment === undefined ? place.component : `${place.component}-${environment}`;
    const { fairway } = await context.connect();
    const spec = {
      component: place.component,
      ...(environment === undefined ? {} : { environment }),
      stringData: Object.fromEntries(keys.map((key) => [key, values.get(key) ?? ''])),
    };
    await fairway
      .resources(kinds.secret)
      .apply(
        { apiVersion: 'fairway.dev/v1', kind: 'Secret', metadata: { namespace: place.organization, name }, spec },
        { force: true, signal: context.signal },
      );
    await context.terminal.result({
      data: { secret: name, keys },
      text: `set ${keys.join(', ')} of ${place.component}${environment === undefined ? '' : ` in ${environment}`}`,
      names: keys,
    });
  },
};

function assignment(given: string): { key: string; value: string } {
  const equals = given.indexOf('=');
  const key = given.slice(0, equals);
  if (equals < 1 || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(key))
    throw new CommandError({
      message: 'an assignment is KEY=VALUE, and a key is made of letters, digits and _',
      exitCode: exitCodes.usage,
    });
  return { key, value: given.slice(equals + 1) };
}

/** The list with one value changed; other environments keep theirs. */
function withValue(
  all: readonly { key: string; values: Value[] }[],
  { key, value }: { key: string; value: string },
  environment: string,
): { key: string; values: Value[] }[] {
  const others = all.filter((entry) => entry.key !== key);
  const kept = (all.find((entry) => entry.key === key)?.values ?? []).filter((entry) => entry.environment !== environment);
  return [...others, { key, values: [...kept, { environment, value }] }];
}

const maxInputBytes = 1_048_576;
async function readInput(): Promise<string> {
  let input = '';
  for await (const chunk of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
    input += chunk;
    if (input.length > maxInputBytes) throw new CommandError({ message: 'more than 1 MiB of secrets came', exitCode: exitCodes.usage });
  }
  return input;
}
