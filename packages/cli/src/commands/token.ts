import type { CommandContext } from '../command.ts';

export async function token(context: CommandContext): Promise<void> {
  const { token: value, url } = await context.connect();
  await context.terminal.result({ data: { token: value, url }, text: value, names: [value] });
}
