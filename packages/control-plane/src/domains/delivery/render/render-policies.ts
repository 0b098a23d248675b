import type { ApiClassSpec } from '@fairway/contracts';
import { dataPlaneLabels } from '../labels.ts';
import { namespaceName } from './names.ts';
import { rateLimitOf } from './rate-limit.ts';
import { InvalidConfiguration, type RenderedResource, type RenderInput } from './render-input.ts';
import { isObject, type JsonObject, strategicMerge } from './strategic-merge.ts';

interface PolicyInput {
  input: RenderInput;
  name: string;
  /** Name of the HTTPRoute that the policy protects. */
  target: string;
  level: 'Organization' | 'Public';
  apiClass: ApiClassSpec;
}

/** Who may call: JWT, scopes, CORS and address lists. Without settings it is empty, and an empty policy protects nothing. */
export function renderSecurityPolicy(policy: PolicyInput): RenderedResource {
  const settings = settingsOf(policy);
  const security = objectOf(settings.security);
  const spec: JsonObject = { ...jwtOf(policy, settings), ...corsOf(settings), ...authorizationOf(settings, security) };
  return rendered('SecurityPolicy', policy, spec);
}

/** How much callers may ask for: rate limit and circuit breaker. */
export function renderTrafficPolicy(policy: PolicyInput): RenderedResource {
  const settings = settingsOf(policy);
  const limit = rateLimitOf(settings.rateLimit);
  const breaker = objectOf(settings.circuitBreaker);
  const { enabled, maxConnections, maxPendingRequests, maxParallelRequests, maxParallelRetries } = breaker;
  const spec: JsonObject = {
    ...(limit === undefined ? {} : { rateLimit: { type: 'Local', local: { rules: [{ limit }] } } }),
    ...(enabled === true
      ? { circuitBreaker: defined({ maxConnections, maxPendingRequests, maxParallelRequests, maxParallelRetries }) }
      : {}),
  };
  return rendered('BackendTrafficPolicy', policy, spec);
}

/** Settings of the level laid over those for all levels. */
function settingsOf({ apiClass, level }: PolicyInput): JsonObject {
  const rest = objectOf(apiClass.restPolicy);
  return strategicMerge(objectOf(rest.defaults), objectOf(rest[level.toLowerCase()]));
}

/** What the gateway cannot check is refused here: an API must not look protected and be open. */
function jwtOf({ apiClass, level }: PolicyInput, settings: JsonObject): JsonObject {
  if (settings.authentication === undefined) return {};
  const authentication = objectOf(settings.authentication);
  const { jwks, issuer, audience } = objectOf(authentication.jwt);
  if (typeof jwks === 'string' && jwks !== '') {
    return { jwt: { providers: [defined({ name: 'default', issuer, audiences: audience, remoteJWKS: { uri: jwks } })] } };
  }
  if (Object.keys(authentication).length === 0 || apiClass.restPolicy === undefined) return {};
  throw new InvalidConfiguration(
    `The API class asks for authentication "${String(authentication.type ?? 'oauth2')}" at level ${level}, and only JWT can be checked: set authentication.jwt.jwks to the address of its keys.`,
  );
}

function corsOf(settings: JsonObject): JsonObject {
  if (!isObject(settings.cors)) return {};
  const { allowOrigins, allowMethods, allowHeaders, exposeHeaders, maxAge } = settings.cors;
  return {
    cors: defined({ allowOrigins, allowMethods, allowHeaders, exposeHeaders, maxAge: typeof maxAge === 'number' ? `${maxAge}s` : maxAge }),
  };
}

/** Whoever is on no allow rule is refused as soon as there is one. */
function authorizationOf(settings: JsonObject, security: JsonObject): JsonObject {
  const scopes = textsOf(objectOf(objectOf(settings.authentication).oauth2).scopes);
  const allowed = textsOf(security.allowedIPs);
  const blocked = textsOf(security.blockedIPs);
  const principal = {
    ...(scopes.length === 0 ? {} : { jwt: { provider: 'default', scopes } }),
    ...(allowed.length === 0 ? {} : { clientCIDRs: allowed }),
  };
  const hasAllow = Object.keys(principal).length > 0;
  const rules = [
    ...(blocked.length === 0 ? [] : [{ name: 'blocked-addresses', action: 'Deny', principal: { clientCIDRs: blocked } }]),
    ...(hasAllow ? [{ name: 'allowed-callers', action: 'Allow', principal }] : []),
  ];
  return rules.length === 0 ? {} : { authorization: { defaultAction: hasAllow ? 'Deny' : 'Allow', rules } };
}

function rendered(kind: string, { input, name, target }: PolicyInput, spec: JsonObject): RenderedResource {
  const targetRefs = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: target }];
  return {
    id: name,
    object: {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind,
      metadata: { name, namespace: namespaceName(input.scope), labels: dataPlaneLabels(input.scope) },
      spec: { targetRefs, ...spec },
    },
  };
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);
const defined = (fields: JsonObject): JsonObject => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
