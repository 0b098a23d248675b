import { readFile } from 'node:fs/promises';
import { kubeconfig as render } from '@fairway/supervisor';
import { type Command, text } from '../command.ts';
import { CommandError, exitCodes } from '../exit-codes.ts';

export const token: Command = {
  usage: 'token',
  about: 'Print the token that the CLI uses',
  examples: ['curl -H "Authorization: Bearer $(fairway token)" http://127.0.0.1:7070/api/v1/orgs'],
  run: async (context) => {
    const { token: value, url } = await context.connect();
    await context.terminal.result({ data: { token: value, url }, text: value, names: [value] });
  },
};

export const kubeconfig: Command = {
  usage: 'kubeconfig',
  about: 'Print a kubeconfig for the platform’s own kinds, or for a cluster behind it',
  flags: [{ flags: '-c, --cluster <name>', about: 'a cluster, for example local; absent: the platform itself' }],
  examples: ['fairway kubeconfig > ~/.kube/fairway', 'fairway kubeconfig -c local > ~/.kube/local'],
  run: async (context) => {
    const { token: value, ports } = await context.connect();
    if (ports === undefined)
      throw new CommandError({
        message: 'the authority of a remote platform is not known here',
        exitCode: exitCodes.usage,
        hint: 'run this where the platform runs',
      });
    const cluster = text(context.options.cluster);
    const authority = await readFile(context.files.caCertificate, 'utf8');
    const name = cluster === undefined ? 'fairway' : `fairway-${cluster}`;
    const server = `https://127.0.0.1:${ports.tls}/k8s/${cluster === undefined ? 'control' : `clusters/${encodeURIComponent(cluster)}`}`;
    const shown = render({ name, server, authority, user: 'fairway', token: value, namespace: 'default' });
    await context.terminal.result({ data: JSON.parse(shown), text: shown.trimEnd(), names: [name] });
  },
};

export const version: Command = {
  usage: 'version',
  about: 'Print the version of this program',
  examples: ['fairway version'],
  run: async (context) => {
    const { version: number } = JSON.parse(await readFile(`${context.checkout}/package.json`, 'utf8')) as { version: string };
    await context.terminal.result({ data: { version: number, node: process.version }, text: `fairway ${number}`, names: [number] });
  },
};
