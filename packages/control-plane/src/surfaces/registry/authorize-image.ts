import { type Caller, isPermitted, notFound, Problem } from '@fairway/resources/model';

export type ImagePermission = 'artifacts.image.read' | 'artifacts.image.push' | 'artifacts.image.delete';

// The platform's own images, such as the builder: every build plane pulls them, and they hold nothing of anybody's.
const systemPrefix = 'fairway/system/';

/** Throws unless the caller may do this with the image. Tokens of a run are limited to one image. */
export function authorizeImage(caller: Caller, permission: ImagePermission, repository: string): void {
  if (permission === 'artifacts.image.read' && repository.startsWith(systemPrefix)) return;
  const isWithin =
    (caller.organization === undefined || repository.startsWith(`${caller.organization}/`)) &&
    (caller.limits?.image === undefined || caller.limits.image === repository);
  // What the caller may not know to exist is not found.
  if (!isWithin) throw new Problem({ reason: 'not-found', message: notFound('Image', repository).message, code: 'NAME_UNKNOWN' });
  if (isPermitted(caller, permission)) return;
  throw new Problem({
    reason: 'forbidden',
    message: `${caller.principal} needs the permission ${permission} for ${repository}`,
    code: 'DENIED',
  });
}
