import { Organization } from '@fairway/contracts';
import {
  type AnyResource,
  isPermitted,
  isProblem,
  type Kind,
  keyOf,
  kindIdOf,
  lacksPermission,
  notFound,
  Problem,
  type Resource,
} from '@fairway/resources/model';
import type { Exchange, Route } from '#http';
import { causeOf } from './cause.ts';
import type { OpenChoreoDependencies } from './dependencies.ts';
import { success } from './envelope.ts';
import { readObject } from './read-request.ts';
import { requireOrganization } from './within-organization.ts';

const groups = ['openchoreo.dev', 'platform.example.com'];
// The name under which the original's CLI owns fields, kept so that its users' later applies take them over.
const fieldManager = 'choreoctl';
const refuse = (message: string): Problem => new Problem({ reason: 'invalid', message, code: 'INVALID_INPUT' });

export const applyRoutes = (deps: OpenChoreoDependencies): Route[] => [
  {
    methods: ['POST'],
    path: '/api/v1/apply',
    operation: 'resource.apply',
    permission: 'catalog.resource.apply',
    handle: async (exchange) => {
      const { object, kind } = await target(deps, exchange, 'Invalid request body');
      const exists = (await deps.resources.getText(kind, keyOf(object))) !== undefined;
      requireKind(deps, exchange, { kind, verb: exists ? 'update' : 'create' });
      const { status: _, ...written } = object as AnyResource;
      const { outcome } = await deps.resources.apply({ ...causeOf(exchange, 'resource.apply'), fieldManager }, written as AnyResource, {
        fieldManager,
        force: true,
      });
      return success(200, answer(object, kind, outcome === 'created' ? 'created' : 'updated'));
    },
  },
  {
    methods: ['DELETE'],
    path: '/api/v1/delete',
    operation: 'resource.delete',
    permission: 'catalog.resource.delete',
    handle: async (exchange) => {
      const { object, kind } = await target(deps, exchange, 'Invalid JSON payload');
      requireKind(deps, exchange, { kind, verb: 'delete' });
      const change = { op: 'delete', kind, key: keyOf(object), propagation: 'background' } as const;
      try {
        await deps.resources.commit(causeOf(exchange, 'resource.delete'), [change]);
      } catch (error) {
        if (!isProblem(error, 'not-found')) throw error;
        return success(200, answer(object, kind, 'not_found'));
      }
      return success(200, answer(object, kind, 'deleted'));
    },
  },
];

/** Leave to apply is leave to send objects; each kind has a permission of its own, the same as by every other way. */
function requireKind(
  deps: OpenChoreoDependencies,
  { caller }: Exchange,
  { kind, verb }: { kind: Kind; verb: 'create' | 'update' | 'delete' },
): void {
  const permission = deps.permissionFor(kind, verb);
  if (!isPermitted(caller, permission))
    throw lacksPermission(permission, `${caller.principal} needs the permission ${permission} for this`);
}

async function target(deps: OpenChoreoDependencies, exchange: Exchange, malformed: string): Promise<{ object: Resource; kind: Kind }> {
  const body = await readObject(exchange, 'INVALID_INPUT').catch((error: unknown) => {
    throw isProblem(error, 'invalid') ? refuse(malformed) : error;
  });
  const { kind, apiVersion } = body;
  if (typeof kind !== 'string' || kind === '') throw refuse("missing or invalid 'kind' field");
  if (typeof apiVersion !== 'string' || apiVersion === '') throw refuse("missing or invalid 'apiVersion' field");
  const parts = apiVersion.split('/');
  if (parts.length > 2) throw refuse(`invalid apiVersion format '${apiVersion}': unexpected GroupVersion string: ${apiVersion}`);
  const group = parts.length === 2 ? (parts[0] ?? '') : '';
  if (!groups.includes(group)) throw refuse(`only resources with 'openchoreo.dev' group are supported, got '${group}'`);
  const metadata = body.metadata;
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) throw refuse("missing or invalid 'metadata' field");
  const { name, namespace, ...rest } = metadata as Record<string, unknown>;
  if (typeof name !== 'string' || name === '') throw refuse("missing or invalid 'metadata.name' field");
  const found = deps.resources.kinds.get(kindIdOf({ apiVersion, kind }));
  if (found === undefined || found.version !== parts[1]) throw refuse(`no kind "${kind}" is known in ${apiVersion}`);
  const place = found.namespaced ? { namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default' } : {};
  requireOrganization(exchange.caller, place.namespace);
  if (place.namespace !== undefined && (await deps.resources.getText(Organization, { name: place.namespace })) === undefined)
    throw notFound(Organization.kind, place.namespace);
  return { object: { ...body, apiVersion, kind, metadata: { ...rest, name, ...place } } as Resource, kind: found };
}

const answer = ({ apiVersion, metadata }: Resource, { kind }: Kind, operation: string) => ({
  apiVersion,
  kind,
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  operation,
});
