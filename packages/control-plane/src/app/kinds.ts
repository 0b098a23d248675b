import { Organization } from '@fairway/contracts';
import { CustomResourceDefinition, definitionRules } from '@fairway/kubernetes/definitions';
import {
  type AdmissionRules,
  type AnyResource,
  type Kind,
  type KindId,
  type KindRegistry,
  kindId,
  notFound,
} from '@fairway/resources/model';
import { createKindRegistry } from '@fairway/resources/store';
import { buildKinds } from '#domains/builds';
import { registerCatalog, type Sealer } from '#domains/catalog';
import { registerDelivery } from '#domains/delivery';
import { registerFleet } from '#domains/fleet';
import { registerGateway } from '#domains/gateway';
import { pipelineKinds } from '#domains/pipelines';
import { repositoryKinds } from '#domains/repositories';
import { tenancyKinds } from '#domains/tenancy';

const definitionsDomain = 'definitions';

/** Each kind is registered by the domain that owns it, with its rules. `domainOf` names the owner; permissions begin with it. */
export function registerKinds(sealer: Sealer): {
  kinds: KindRegistry;
  domainOf: (group: string, plural: string) => { domain: string; singular: string } | undefined;
} {
  const kinds = createKindRegistry();
  const owners = new Map<KindId, string>();
  const register = (domain: string, fill: (registry: KindRegistry) => void): void => {
    const before = new Set(kinds.all());
    fill(kinds);
    for (const kind of kinds.all()) if (!before.has(kind)) owners.set(kindId(kind), domain);
  };
  register('tenancy', tenancyKinds);
  register('catalog', (registry) => registerCatalog(registry, { sealer }));
  register('repositories', repositoryKinds);
  register('pipelines', pipelineKinds);
  register('builds', buildKinds);
  register('delivery', registerDelivery);
  register('fleet', registerFleet);
  register('gateway', registerGateway);
  register(definitionsDomain, (registry) => registry.register(CustomResourceDefinition, definitionRules));
  const byPlural = new Map(
    kinds.all().map((kind) => [`${kind.group}/${kind.plural}`, { domain: owners.get(kindId(kind)) ?? 'unknown', singular: kind.singular }]),
  );
  byPlural.set('/namespaces', { domain: owners.get(kindId(Organization)) ?? 'tenancy', singular: 'organization' });
  byPlural.set('/events', { domain: 'tenancy', singular: 'event' });
  // Two groups may well have kinds of one name, so users' own kinds are told apart by their whole name.
  const defined = (group: string, plural: string): { domain: string; singular: string } | undefined =>
    kinds.all().some((kind) => kind.group === group && kind.plural === plural && kinds.isDefined(kindId(kind)))
      ? { domain: definitionsDomain, singular: `${plural}.${group}` }
      : undefined;
  return { kinds, domainOf: (group, plural) => byPlural.get(`${group}/${plural}`) ?? defined(group, plural) };
}

/** What holds for objects of users' own kinds beside their schema: the organization that they lie in is there. */
export function rulesOfDefined(kind: Kind): AdmissionRules<AnyResource> {
  if (!kind.namespaced) return {};
  return {
    facts: ({ operation, object }) =>
      operation === 'create' ? [{ name: 'its organization', kind: Organization, key: { name: object.metadata.namespace ?? '' } }] : [],
    admit({ operation, object }, facts) {
      if (operation !== 'create' || facts.object('its organization') !== undefined) return undefined;
      return { refuse: notFound('Namespace', object.metadata.namespace ?? '', '') };
    },
  };
}
