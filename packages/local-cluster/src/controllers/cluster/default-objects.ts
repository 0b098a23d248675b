import { Gateway, GatewayClass, Namespace } from '@fairway/contracts/builtin';
import { apiVersionOf, type Cause, type Kind, type Resource, type Resources } from '@fairway/resources/model';

/** Where routes find their gateways, as OpenChoreo has it. */
const gatewayNamespace = 'openchoreo-data-plane';
const defaultNamespaces = ['default', 'kube-system', gatewayNamespace] as const;
const className = 'fairway';

const object = (kind: Kind, name: string, rest: { namespace?: string; spec?: unknown } = {}): Resource => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { name, ...(rest.namespace === undefined ? {} : { namespace: rest.namespace }) },
  ...(rest.spec === undefined ? {} : { spec: rest.spec }),
});

const gateway = (name: string): Resource =>
  object(Gateway, name, {
    namespace: gatewayNamespace,
    spec: {
      gatewayClassName: className,
      listeners: [{ name: 'http', protocol: 'HTTP', port: 80, allowedRoutes: { namespaces: { from: 'All' } } }],
    },
  });

/** Makes what every cluster has, where it is missing. May be called at every start. */
export async function createDefaultObjects(resources: Resources, cause: Cause): Promise<void> {
  const namespaces = defaultNamespaces.map((name) => object(Namespace, name));
  const others = [
    object(GatewayClass, className, { spec: { controllerName: 'fairway.dev/gateway' } }),
    gateway('gateway-external'),
    gateway('gateway-internal'),
  ];
  for (const wanted of [...namespaces, ...others]) {
    const kind = resources.kinds.all().find((known) => known.kind === wanted.kind && apiVersionOf(known) === wanted.apiVersion);
    if (kind === undefined) throw new Error(`kind ${wanted.kind} is not registered`);
    const { name, namespace } = wanted.metadata;
    const key = namespace === undefined ? { name } : { namespace, name };
    await resources.commit(cause, [
      { op: 'mutate', kind, key, create: true, change: (current) => (current === undefined ? wanted : undefined) },
    ]);
  }
}
