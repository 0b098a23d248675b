import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where the installation keeps everything (docs/decisions/0001, "State folder"). */
export function stateFolder(env: Readonly<Record<string, string | undefined>>, checkout: string | undefined, home: string): string {
  const explicit = env.FAIRWAY_HOME;
  if (explicit !== undefined && explicit !== '') return resolve(explicit);
  if (checkout !== undefined && existsSync(join(checkout, 'packages', 'supervisor'))) return join(checkout, '.fairway', 'state');
  return join(env.XDG_DATA_HOME || join(home, '.local', 'share'), 'fairway');
}

export interface StateFiles {
  home: string;
  ports: string;
  caCertificate: string;
  caKey: string;
  serverCertificate: string;
  serverKey: string;
  adminToken: string;
  clusterTokens: string;
  clusterKubeconfig: string;
  gatewayKubeconfig: string;
  /** Held by the supervisor as long as it lives. */
  lock: string;
  /** What runs: written by the supervisor at each change. */
  status: string;
  logs: string;
}

export const stateFiles = (home: string): StateFiles => ({
  home,
  ports: join(home, 'ports.json'),
  caCertificate: join(home, 'pki', 'ca.crt'),
  caKey: join(home, 'pki', 'ca.key'),
  serverCertificate: join(home, 'pki', 'server.crt'),
  serverKey: join(home, 'pki', 'server.key'),
  adminToken: join(home, 'admin.token'),
  clusterTokens: join(home, 'local-cluster', 'tokens.json'),
  clusterKubeconfig: join(home, 'local-cluster', 'kubeconfig'),
  gatewayKubeconfig: join(home, 'local-cluster', 'gateway.kubeconfig'),
  lock: join(home, 'run', 'supervisor.lock'),
  status: join(home, 'run', 'status.json'),
  logs: join(home, 'logs'),
});
