import type { Answer } from '../client.ts';
import type { PatchType, Subject } from '../subject.ts';

export const services = (s: Subject): string => `/api/v1/namespaces/${s.namespace}/services`;
export const deployments = (s: Subject): string => `/apis/apps/v1/namespaces/${s.namespace}/deployments`;
const short = (s: Subject): string => s.own.slice(0, 60).replace(/-$/, '');

export const service = (s: Subject, ports: readonly object[], more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: short(s) },
  spec: { clusterIP: 'None', ports, ...more },
});
export const container = (name: string, more: object = {}): object => ({ name, image: 'example.com/nothing:1', ...more });
/** Of no replica, so that nothing is started. */
export const deployment = (s: Subject, containers: readonly object[], more: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: s.own },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers } },
    ...more,
  },
});
export const create = (s: Subject, collection: string, object: object, query = ''): Promise<Answer> =>
  s.ask({ method: 'POST', path: `${collection}${query}`, body: object });
export const patch = (s: Subject, of: { path: string; type: PatchType; body: object; query?: string }): Promise<Answer> =>
  s.ask({ method: 'PATCH', path: `${of.path}${of.query ?? ''}`, type: `application/${of.type}`, body: of.body });
