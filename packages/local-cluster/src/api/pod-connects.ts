import type { ConnectHandler } from '@fairway/kubernetes/server';
import { invalid, type Key } from '@fairway/resources/model';
import type { PodAccess } from '../node/index.ts';

// More than any shell is given by hand; the system takes up to 2 MiB, of which the environment needs a part.
const maxCommandBytes = 512 * 1024;

const requestOf = (key: Key, query: URLSearchParams) => {
  const container = query.get('container') ?? '';
  return { namespace: key.namespace ?? 'default', name: key.name, ...(container === '' ? {} : { container }) };
};

function commandOf(query: URLSearchParams): string[] {
  const command = query.getAll('command');
  if (command.length === 0 || command[0] === '') throw invalid('you must specify a command');
  if (command.some((word) => word.includes('\0'))) throw invalid('the command holds a zero byte');
  if (Buffer.byteLength(command.join('')) > maxCommandBytes) throw invalid(`the command is longer than ${maxCommandBytes} bytes`);
  return command;
}

/** What `kubectl exec`, `attach` and `port-forward` connect with. */
export function podConnects(pods: PodAccess): Readonly<Record<string, ConnectHandler>> {
  return {
    'Pod./exec': {
      carries: 'command',
      open: async ({ key, query, streams, signal }) => {
        const command = commandOf(query);
        const start = await pods.exec(requestOf(key, query));
        return () => start({ command, stdin: streams.stdin, tty: streams.tty, signal });
      },
    },
    'Pod./attach': {
      carries: 'command',
      open: async ({ key, query, signal }) => {
        const start = await pods.attach(requestOf(key, query));
        return async () => start(signal);
      },
    },
    'Pod./portforward': { carries: 'ports', open: ({ key }) => pods.ports(requestOf(key, new URLSearchParams())) },
  };
}
