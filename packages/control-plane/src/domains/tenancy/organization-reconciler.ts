import { Organization } from '@fairway/contracts';
import { type Controller, settled } from '@fairway/resources/reconcile';

/** An organization is its own namespace here, so there is nothing to create: the status says so to clients that wait for it. */
export const organizationController = (): Controller<typeof Organization> => ({
  name: 'tenancy/organization',
  kind: Organization,
  conditionStyle: 'own',
  reconcile: async (organization) => ({
    outcome: settled,
    status: { namespace: organization.metadata.name },
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'NamespaceCreated',
        message: `namespace ${organization.metadata.name} holds this organization`,
      },
    ],
  }),
});
