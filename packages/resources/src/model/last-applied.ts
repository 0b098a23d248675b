import type { Metadata } from './resource.ts';

/** Where `kubectl apply` keeps the whole manifest that it sent, whatever was in it. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** For kinds whose manifests may hold credentials, which no annotation may show. */
export function withoutLastApplied(metadata: Metadata): Metadata {
  if (metadata.annotations?.[lastAppliedAnnotation] === undefined) return metadata;
  const { [lastAppliedAnnotation]: _manifest, ...annotations } = metadata.annotations;
  return { ...metadata, annotations };
}
