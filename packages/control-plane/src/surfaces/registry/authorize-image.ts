import { type Caller, isPermitted, lacksPermission, notFound, Problem } from '@fairway/resources/model';

export type ImagePermission = 'artifacts.image.read' | 'artifacts.image.push' | 'artifacts.image.delete';

// The platform's own images, such as the builder: every build plane pulls them, and they hold nothing of anybody's.
const systemPrefix = 'fairway/system/';

/**
 * Throws unless the caller may do this with the image. `limits.image` narrows a token further: a name is that one image (a run's token),
 * a name that ends with `/` is every image below it (a namespace's pull token).
 */
export function authorizeImage(caller: Caller, permission: ImagePermission, repository: string): void {
  // What the caller may not know to exist is not found.
  if (!isWithin(caller, permission, repository))
    throw new Problem({ reason: 'not-found', message: notFound('Image', repository).message, code: 'NAME_UNKNOWN' });
  if (isPermitted(caller, permission)) return;
  throw lacksPermission(permission, `${caller.principal} needs the permission ${permission} for ${repository}`, { code: 'DENIED' });
}

function isWithin({ organization, limits }: Caller, permission: ImagePermission, repository: string): boolean {
  // Readable by all who may read images at all; writable by the installation alone, even for an organization of that name.
  if (repository.startsWith(systemPrefix))
    return permission === 'artifacts.image.read' || (organization === undefined && limits === undefined);
  if (organization !== undefined && !repository.startsWith(`${organization}/`)) return false;
  const limit = limits?.image;
  return limit === undefined || (limit.endsWith('/') ? repository.startsWith(limit) : repository === limit);
}
