import type { FieldProblem, Schema } from '../model/index.ts';
import { compileSchema } from './compile-schema.ts';
import { createWalk } from './walk.ts';

export interface CheckedValue {
  /** With defaults filled and undeclared fields pruned; parts that needed neither are the given ones. Meaningful when there are no problems. */
  value: unknown;
  problems: FieldProblem[];
  /** Paths of the pruned fields, at most 100. */
  unknownFields: string[];
}

/** Checks any JSON value, for example a request body, against a structural schema. `path` begins the paths of its problems. */
export const checkValue = (schema: Schema, value: unknown, path = ''): CheckedValue => {
  const walk = createWalk();
  const copy = compileSchema(schema)(walk, value, { up: undefined, step: path, depth: 0 });
  return { value: copy, problems: walk.out.problems, unknownFields: walk.unknown };
};
