import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { invalid } from '@fairway/resources/model';

export interface GatewaySettings {
  home: string;
  host: string;
  port: number;
  adminPort: number;
  kubeconfig: string;
  snapshot: string;
  trustForwarded: boolean;
  /** Which installation it is of; stands in its own answers. */
  installation: string;
}

const usage = 'gateway --home DIR --port N [--host 127.0.0.1] [--kubeconfig FILE] [--admin-port N] [--trust-forwarded] [--installation ID]';

function readPort(name: string, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw invalid(`--${name} must be a port from 0 to 65535, not ${JSON.stringify(text)}`);
  return Number(text);
}

/** It goes into a header, as it is. */
function readInstallation(text: string): string {
  if (!/^[\w-]{1,128}$/.test(text)) throw invalid(`--installation must be letters, digits, - and _, not ${JSON.stringify(text)}`);
  return text;
}

/** Reads the command line; every problem is `invalid` and says what to write instead. */
export function readGatewaySettings(args: readonly string[]): GatewaySettings {
  const { values } = parse(args);
  if (values.home === undefined || values.port === undefined) throw invalid(`--home and --port are needed: ${usage}`);
  return {
    home: values.home,
    host: values.host,
    port: readPort('port', values.port),
    adminPort: readPort('admin-port', values['admin-port']),
    kubeconfig: values.kubeconfig ?? join(values.home, 'local-cluster', 'gateway.kubeconfig'),
    snapshot: join(values.home, 'run', 'gateway-routes.json'),
    trustForwarded: values['trust-forwarded'],
    installation: readInstallation(values.installation),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        home: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        kubeconfig: { type: 'string' },
        'admin-port': { type: 'string', default: '0' },
        'trust-forwarded': { type: 'boolean', default: false },
        installation: { type: 'string', default: '1' },
      },
    });
  } catch (error) {
    throw invalid(`${error instanceof Error ? error.message : String(error)}; usage: ${usage}`);
  }
}
