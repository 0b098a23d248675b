import type { Reply, Surface } from '#http';
import { createRegistryHandler, type RegistryHandlerDependencies } from './registry-handler.ts';
import { type RegistryError, registryError, renderProblem } from './render-problem.ts';

/** The registry as a surface of the HTTP room. */
export function createRegistrySurface(deps: RegistryHandlerDependencies): Surface {
  const handle = createRegistryHandler(deps);
  return {
    name: 'registry',
    prefixes: ['/v2'],
    challenge: 'Basic',
    routes: ['/v2/', '/v2/*'].map((path) => ({
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const,
      path,
      operation: path === '/v2/' ? 'registry.ping' : 'image.transfer',
      permission: 'by-object' as const,
      handle: async ({ request, response, caller }) => {
        await handle(request, response, { caller });
        return undefined;
      },
    })),
    renderProblem: (error, { requestId }) => reply(renderProblem(error, requestId)),
    renderNoRoute: () => reply(registryError(404, 'NAME_UNKNOWN', 'no such address below /v2/')),
  };
}

const reply = ({ status, body }: RegistryError): Reply => ({ status, headers: { 'content-type': 'application/json' }, body });
