import { invalid } from '@fairway/resources/model';

/** `HOST/REPOSITORY[:TAG][@DIGEST]`, taken apart. */
export interface ImageReference {
  host: string;
  repository: string;
  tag?: string;
  digest?: string;
}

const defaultHost = 'docker.io';
const maxChars = 512;
const repositoryShape = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const hostShape = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$/;
const tagShape = /^\w[\w.-]{0,127}$/;
/** Only sha256: it is what is verified. */
export const digestShape = /^sha256:[0-9a-f]{64}$/;

/** Reads a reference; a short one is meant as container engines mean it (`nginx` is `docker.io/library/nginx:latest`). */
export function parseImageReference(text: string): ImageReference {
  const refuse = (why: string): never => {
    throw invalid(`image reference "${text.slice(0, 200)}" ${why}: write HOST/REPOSITORY@sha256:DIGEST or HOST/REPOSITORY:TAG`);
  };
  if (text.length > maxChars) refuse(`is longer than ${maxChars} characters`);
  const [named = '', digest, ...rest] = text.split('@');
  if (rest.length > 0) refuse('has more than one @');
  if (digest !== undefined && !digestShape.test(digest)) refuse('has a digest that is not sha256 and 64 hexadecimal digits');
  const slash = named.indexOf('/');
  const first = slash === -1 ? '' : named.slice(0, slash);
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const host = hasHost ? first : defaultHost;
  const path = hasHost ? named.slice(slash + 1) : named;
  const colon = path.lastIndexOf(':');
  const tag = colon === -1 ? undefined : path.slice(colon + 1);
  const short = colon === -1 ? path : path.slice(0, colon);
  const repository = host === defaultHost && !short.includes('/') ? `library/${short}` : short;
  if (!hostShape.test(host)) refuse('has a host that is none');
  if (!repositoryShape.test(repository)) refuse('has a repository that is not lower-case letters, digits and . _ - / between them');
  if (tag !== undefined && !tagShape.test(tag)) refuse('has a tag that is none');
  const wanted = digest === undefined ? { tag: tag ?? 'latest' } : { digest, ...(tag === undefined ? {} : { tag }) };
  return { host, repository, ...wanted };
}
