import { type AnyResource, Problem } from '../../model/index.ts';
import type { DocumentParts } from '../database.ts';

/** The bound that Kubernetes gets from etcd. */
const maxObjectChars = 1_572_864;

/** An object's JSON text, open at its resourceVersion, which stands last in metadata. */
export const documentParts = ({ apiVersion, kind, metadata, ...rest }: AnyResource): DocumentParts => {
  const head = `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)}`;
  const versionless = metadata.resourceVersion === undefined ? metadata : { ...metadata, resourceVersion: undefined };
  const meta = JSON.stringify(versionless).slice(0, -1);
  const body = JSON.stringify(rest).slice(1);
  const parts = { before: `${head},"metadata":${meta},"resourceVersion":"`, after: `"}${body === '}' ? '' : ','}${body}` };
  if (parts.before.length + parts.after.length > maxObjectChars)
    throw new Problem({
      reason: 'too-large',
      message: `${kind} "${metadata.name}" is too large: an object may hold ${maxObjectChars} characters of JSON; keep large content in a blob or split it`,
      kind,
      name: metadata.name,
    });
  return parts;
};
