import { conflict, type FieldProblem, invalid, type Kind, Problem, type ProblemDetails } from '../../model/index.ts';
import { describeProblems } from '../../schema/index.ts';

/** `components.openchoreo.dev`; `pods` for the core group. */
const resourceName = ({ plural, group }: Kind): string => (group === '' ? plural : `${plural}.${group}`);
const about = ({ kind, group }: Kind, name: string): Pick<ProblemDetails, 'kind' | 'group' | 'name'> => ({ kind, group, name });

export const objectNotFound = (kind: Kind, name: string): Problem =>
  new Problem({ reason: 'not-found', message: `${resourceName(kind)} "${name}" not found`, ...about(kind, name) });

export const objectExists = (kind: Kind, name: string): Problem =>
  new Problem({ reason: 'already-exists', message: `${resourceName(kind)} "${name}" already exists`, ...about(kind, name) });

export const objectModified = (kind: Kind, name: string): Problem =>
  conflict(
    `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    about(kind, name),
  );

export const uidDiffers = (kind: Kind, name: string, uids: { expected: string; stored: string }): Problem =>
  conflict(
    `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": Precondition failed: UID in precondition: ${uids.expected}, UID in object meta: ${uids.stored}`,
    about(kind, name),
  );

export const objectInvalid = (kind: Kind, name: string, fields: readonly FieldProblem[]): Problem =>
  invalid(
    `${kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`} "${name}" is invalid: ${describeProblems(fields)}`,
    fields,
    about(kind, name),
  );
