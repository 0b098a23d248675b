import { type Attempt, renderProblem } from '@fairway/kubernetes/server';
import { Problem } from '@fairway/resources/model';

/** The gateway reads what routes and endpoints say, and writes only what it knows itself. It never sees a secret. */
const gatewayUser = 'user:fairway-gateway';
const hiddenFromGateway = new Set(['secrets', 'configmaps']);
const writtenByGateway = new Set(['endpointslices', 'leases', 'events', 'httproutes/status', 'gateways/status', 'gatewayclasses/status']);

const reading = new Set(['get', 'list', 'watch']);

/** Throws `forbidden` in Kubernetes' words. Every token opens everything but the gateway's. */
export function authorizeRequest({ caller, verb, group, plural, subresource, namespace, name }: Attempt): void {
  if (caller.principal !== gatewayUser) return;
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  const isAllowed = reading.has(verb) ? !hiddenFromGateway.has(plural) && subresource !== 'log' : writtenByGateway.has(resource);
  if (isAllowed) return;
  const scope = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const qualified = group === '' ? plural : `${plural}.${group}`;
  throw new Problem({
    reason: 'forbidden',
    message: `${qualified} "${name ?? ''}" is forbidden: User "fairway-gateway" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`,
    code: 'Forbidden',
  });
}

/** The answer to a request without a token that is known. */
export const unauthorized = () =>
  renderProblem(new Problem({ reason: 'unauthenticated', message: 'Unauthorized', code: 'Unauthorized' }), () => undefined);
