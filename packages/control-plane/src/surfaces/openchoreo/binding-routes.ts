import { Problem } from '@fairway/resources/model';
import type { Route } from '#http';
import { causeOf, placeOf } from './cause.ts';
import { componentOf } from './component-routes.ts';
import type { OpenChoreoDependencies } from './dependencies.ts';
import { list, success } from './envelope.ts';
import { readRequest } from './read-request.ts';
import { bindingView, changedBindingView } from './views.ts';

const component = '/api/v1/orgs/:org/projects/:project/components/:component';
const states = ['Active', 'Suspend', 'Undeploy'] as const;
const isState = (text: string | undefined): text is (typeof states)[number] => states.some((state) => state === text);
const invalidRequest = (message: string): Problem => new Problem({ reason: 'invalid', message, code: 'INVALID_REQUEST' });

export const bindingRoutes = (deps: OpenChoreoDependencies): Route[] => [
  {
    methods: ['GET', 'HEAD'],
    path: `${component}/bindings`,
    operation: 'binding.list',
    permission: 'delivery.binding.read',
    handle: async (exchange) => {
      const place = placeOf(exchange);
      await componentOf(deps, place);
      return list((await deps.listBindings(place, exchange.query.getAll('environment'))).map(bindingView));
    },
  },
  {
    methods: ['PATCH'],
    path: `${component}/bindings/:binding`,
    operation: 'binding.update',
    permission: 'delivery.binding.update',
    handle: async (exchange) => {
      const { releaseState } = await readRequest<{ releaseState?: string }>(exchange, 'INVALID_JSON', [
        { name: 'releaseState', type: 'string' },
      ]);
      if (releaseState === undefined || releaseState === '') throw invalidRequest('releaseState is required');
      if (!isState(releaseState)) throw invalidRequest('releaseState must be one of: Active, Suspend, Undeploy');
      await componentOf(deps, placeOf(exchange));
      const changed = await deps.setReleaseState(causeOf(exchange, 'binding.update'), {
        ...placeOf(exchange),
        binding: exchange.params.binding ?? '',
        releaseState,
      });
      return success(200, changedBindingView(changed));
    },
  },
  {
    methods: ['POST'],
    path: `${component}/promote`,
    operation: 'component.promote',
    permission: 'delivery.component.promote',
    handle: async (exchange) => {
      const { sourceEnv = '', targetEnv = '' } = await readRequest<{ sourceEnv?: string; targetEnv?: string }>(exchange, 'INVALID_JSON', [
        { name: 'sourceEnv', type: 'string' },
        { name: 'targetEnv', type: 'string' },
      ]);
      await deps.promote(causeOf(exchange, 'component.promote'), {
        ...placeOf(exchange),
        sourceEnvironment: sourceEnv,
        targetEnvironment: targetEnv,
      });
      return list((await deps.listBindings(placeOf(exchange), [])).map(bindingView));
    },
  },
  {
    // An addition: OpenChoreo has no rollback.
    methods: ['POST'],
    path: `${component}/rollback`,
    operation: 'component.rollback',
    permission: 'delivery.component.rollback',
    handle: async (exchange) => {
      const { environment = '', to } = await readRequest<{ environment?: string; to?: string }>(exchange, 'INVALID_JSON', [
        { name: 'environment', type: 'string' },
        { name: 'to', type: 'string' },
      ]);
      if (environment === '') throw invalidRequest('environment is required');
      const input = { ...placeOf(exchange), environment, ...(to === undefined || to === '' ? {} : { to }) };
      return success(200, await deps.rollback(causeOf(exchange, 'component.rollback'), input));
    },
  },
];
