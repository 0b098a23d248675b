import { kinds } from '@fairway/sdk';
import { assignment } from '../assignment.ts';
import { type CommandContext, text } from '../command.ts';
import { requireComponent, requireEnvironment } from '../components.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';
import { placeOf } from '../place.ts';
import { secretOf } from '../secret-of.ts';

const maxInputBytes = 1_048_576;

export async function secretSet(context: CommandContext): Promise<void> {
  const keys = context.args.slice(1);
  if (context.stdin.isTTY === true)
    throw new CommandError({ message: 'values come from standard input, never by typing', exitCode: exitCodes.usage, hint });
  const lines = (await readInput(context)).split('\n').filter((line) => line !== '');
  const values = new Map(lines.map((line) => assignment(line, hint)).map(({ key, value }) => [key, value]));
  const missing = keys.filter((key) => !values.has(key));
  if (missing.length > 0) throw new CommandError({ message: `no value came for ${missing.join(', ')}`, exitCode: exitCodes.usage, hint });
  const place = await placeOf(context, context.args[0]);
  const environment = text(context.options.env);
  const { fairway } = await context.connect();
  await requireComponent(fairway, place, context.signal);
  if (environment !== undefined) await requireEnvironment(fairway, { ...place, environment }, context.signal);
  const secrets = keys.map((key) => secretOf(place, { key, value: values.get(key) ?? '', environment }));
  // At once, so that they roll out together.
  await Promise.all(secrets.map((secret) => fairway.resources(kinds.secret).apply(secret, { force: true, signal: context.signal })));
  await context.terminal.result({
    data: { component: place.component, ...(environment === undefined ? {} : { environment }), set: keys },
    text: `set ${keys.join(', ')} of ${place.component}${environment === undefined ? '' : ` in ${environment}`}`,
    names: keys,
  });
}

const hint = 'pipe one KEY=VALUE a line into this command: arguments would be seen in the process list';

async function readInput({ stdin, signal }: CommandContext): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    signal.throwIfAborted();
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > maxInputBytes) throw new CommandError({ message: 'more than 1 MiB of secrets came', exitCode: exitCodes.usage });
  }
  return Buffer.concat(chunks).toString('utf8');
}
