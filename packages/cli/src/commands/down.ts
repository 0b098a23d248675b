import { stopInstallation } from '@fairway/supervisor';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../exit-codes.ts';
import { readStatusAloud } from '../tell-programs.ts';

// The local cluster gives every application its own grace period before it ends.
const stopDeadlineMs = 90_000;

export async function down({ files, terminal }: CommandContext): Promise<void> {
  const stop = async (): Promise<string[]> => {
    await readStatusAloud({ files, terminal });
    return stopInstallation(files, stopDeadlineMs);
  };
  const ended = await stop().catch((cause: Error) => {
    throw new CommandError({ message: cause.message, hint: 'fairway doctor shows what still runs', cause });
  });
  await terminal.result({
    data: { stopped: ended },
    text: ended.length === 0 ? 'nothing was running' : `stopped ${ended.join(', ')}`,
    names: ended,
  });
}
