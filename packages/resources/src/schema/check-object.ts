import type { AnyResource, FieldProblem, Kind } from '../model/index.ts';
import { checkMetadata } from './check-metadata.ts';
import { checkValue } from './check-value.ts';

export interface CheckedObject {
  /** With defaults filled and undeclared fields pruned; parts that needed neither are the given ones. Meaningful when there are no problems. */
  object: AnyResource;
  problems: FieldProblem[];
  /** Paths of the pruned fields, for field validation: `spec.foo`. */
  unknownFields: string[];
}

/** Checks a whole object of a kind: its metadata, and everything else by the kind's schema. */
export const checkObject = (kind: Kind, object: AnyResource): CheckedObject => {
  const { apiVersion, kind: name, metadata, ...rest } = object;
  const own = Object.hasOwn(rest, '__proto__') ? Object.fromEntries(Object.entries(rest).filter(([field]) => field !== '__proto__')) : rest;
  const body = checkValue(kind.schema, own);
  const head = checkMetadata(kind, metadata);
  return {
    object: { apiVersion, kind: name, metadata: head.metadata, ...(body.value as Record<string, unknown>) },
    problems: [...head.problems, ...body.problems].slice(0, 100),
    unknownFields: [...head.unknownFields, ...body.unknownFields],
  };
};
