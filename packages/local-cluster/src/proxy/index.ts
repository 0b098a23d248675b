/**
 * Addresses of Services on one machine, and the connections to them: what cluster DNS and kube-proxy are elsewhere. It reads Services and
 * EndpointSlices from the store, and knows nothing of pods' processes.
 * Start with address-plan.ts (which address a Service gets, and why it is no other), then relay.ts (one connection) and start-service-proxy.ts.
 */
export {
  type Address,
  type AddressPlan,
  addressesAnnotation,
  readAddresses,
  sharedHost,
  virtualHosts,
  writeAddresses,
} from './address-plan.ts';
export { choosePlan } from './choose-plan.ts';
export { type ServiceProxy, startServiceProxy } from './start-service-proxy.ts';
