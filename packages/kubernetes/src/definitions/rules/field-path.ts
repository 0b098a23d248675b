import type { WrittenSchema } from '../definition.ts';
import { isSchema, schemasOf } from '../schema-visit.ts';

const step = /^(?:\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^']*)'\]|\["([^"]*)"\])/;

/** The steps of a rule's `fieldPath`, such as `.spec.size` or `['a.b']`; undefined for what is no path to a field of the schema. */
export function stepsOfFieldPath(path: string, schema: WrittenSchema): string[] | undefined {
  const steps: string[] = [];
  let at: WrittenSchema | undefined = schema;
  for (let rest = path; rest !== ''; ) {
    const match = step.exec(rest);
    if (match === null) return undefined;
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    const { additionalProperties }: WrittenSchema = at;
    at = new Map(schemasOf(at.properties)).get(name) ?? (isSchema(additionalProperties) ? additionalProperties : undefined);
    if (at === undefined) return undefined;
    steps.push(name);
    rest = rest.slice(match[0].length);
  }
  return steps.length === 0 ? undefined : steps;
}
