import { Organization } from '@fairway/contracts';
import { type KindId, type KindRegistry, kindId } from '@fairway/resources/model';
import { createKindRegistry } from '@fairway/resources/store';
import { buildKinds } from '#domains/builds';
import { registerCatalog, type Sealer } from '#domains/catalog';
import { registerDelivery } from '#domains/delivery';
import { registerFleet } from '#domains/fleet';
import { registerGateway } from '#domains/gateway';
import { pipelineKinds } from '#domains/pipelines';
import { repositoryKinds } from '#domains/repositories';
import { tenancyKinds } from '#domains/tenancy';

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
  const byPlural = new Map(
    kinds.all().map((kind) => [`${kind.group}/${kind.plural}`, { domain: owners.get(kindId(kind)) ?? 'unknown', singular: kind.singular }]),
  );
  byPlural.set('/namespaces', { domain: owners.get(kindId(Organization)) ?? 'tenancy', singular: 'organization' });
  byPlural.set('/events', { domain: 'tenancy', singular: 'event' });
  return { kinds, domainOf: (group, plural) => byPlural.get(`${group}/${plural}`) };
}
