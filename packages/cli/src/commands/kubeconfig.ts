import { readFile } from 'node:fs/promises';
import { kubeconfig as render } from '@fairway/supervisor';
import { type CommandContext, text } from '../command.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';

export async function kubeconfig(context: CommandContext): Promise<void> {
  const { token, ports, fairway } = await context.connect();
  if (ports === undefined)
    throw new CommandError({
      message: 'the authority of a remote platform is not known here',
      exitCode: exitCodes.usage,
      hint: 'run this where the platform runs',
    });
  const cluster = text(context.options.cluster);
  // A kubeconfig for a cluster that is not there would fail later, in the words of another program.
  if (cluster !== undefined) await fairway.raw({ path: `/k8s/clusters/${encodeURIComponent(cluster)}/version`, signal: context.signal });
  const authority = await readFile(context.files.caCertificate, 'utf8');
  const name = cluster === undefined ? 'fairway' : `fairway-${cluster}`;
  const server = `https://127.0.0.1:${ports.tls}/k8s/${cluster === undefined ? 'control' : `clusters/${encodeURIComponent(cluster)}`}`;
  const shown = render({ name, server, authority, user: 'fairway', token, namespace: 'default' });
  await context.terminal.result({ data: JSON.parse(shown), text: shown.trimEnd(), names: [name] });
}
