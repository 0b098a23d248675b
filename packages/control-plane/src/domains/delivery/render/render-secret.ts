import { canonicalDigest, canonicalJson } from '../canonical-digest.ts';
import { generateName } from '../generate-name.ts';
import { annotations, dataPlaneLabels } from '../labels.ts';
import { namespaceName } from './names.ts';
import type { RenderedResource, RenderInput, Variable } from './render-input.ts';

/** Where one key of a rendered Secret comes from. */
export interface SecretValueSource {
  as: string;
  secret: string;
  version: number;
  key: string;
}

type SecretVariable = Extract<Variable, { secret: unknown }>;
const isSecret = (variable: Variable): variable is SecretVariable => 'secret' in variable;

const sourcesOf = (input: RenderInput): SecretValueSource[] => {
  const byKey = new Map<string, SecretValueSource>();
  for (const { secret } of Object.values(input.variables).flat().filter(isSecret)) {
    const as = secretKey(secret);
    byKey.set(as, { as, secret: secret.name, version: secret.version, key: secret.key });
  }
  return [...byKey.values()].sort((a, b) => (a.as < b.as ? -1 : 1));
};

/** Key inside the rendered Secret. */
export const secretKey = (secret: SecretVariable['secret']): string => `${secret.name}.${secret.key}`;

/**
 * The name carries a digest of which versions are in it. Versions never change, so other values always have another name: a pod that starts
 * again during a rollout still finds the values that it was made with.
 */
export const secretName = (input: RenderInput): string => generateName(63, input.binding, canonicalDigest(sourcesOf(input)).slice(0, 12));

/** The values are left out: `releases` fills them in when it applies, so that they are stored nowhere in the clear. */
export function renderSecret(input: RenderInput): RenderedResource[] {
  const sources = sourcesOf(input);
  if (sources.length === 0) return [];
  return [
    {
      id: `${input.binding}-secret`,
      object: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: secretName(input),
          namespace: namespaceName(input.scope),
          labels: dataPlaneLabels(input.scope),
          annotations: { [annotations.secretValues]: canonicalJson(sources) },
        },
        type: 'Opaque',
      },
    },
  ];
}
