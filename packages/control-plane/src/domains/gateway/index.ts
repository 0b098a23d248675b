/**
 * Gateway: the APIs that components offer and the classes of policies for them.
 * Keeps the two kinds; what they mean on the wire is rendered by delivery (render/render-policies.ts) and served by `packages/gateway`.
 */
import { Api, ApiClass } from '@fairway/contracts';
import type { KindRegistry } from '@fairway/resources/model';

export function registerGateway(registry: KindRegistry): void {
  registry.register(Api);
  registry.register(ApiClass);
}
