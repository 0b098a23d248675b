import { BuildFailure } from './build-failure.ts';

/** What the pipeline tells a build, parsed from the variables of its step. */
export interface BuildEnvironment {
  /** The control plane as the build sees it; its registry lies below `/v2/`. */
  controlPlaneUrl: URL;
  token: string;
  gitUrl: URL;
  /** A full commit id; or the name of a branch or tag, or '' for the default branch. */
  revision: string;
  /** Folder of the application inside the repository, '' for the root. */
  appPath: string;
  /** `ORG/PROJECT/NAME`: the image's repository without a host. */
  repository: string;
  component: string;
  template: string;
  parameters: Readonly<Record<string, string>>;
  cache: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads the variables of the step; what is missing or malformed fails before anything runs. */
export function parseBuildEnvironment(env: Variables): BuildEnvironment {
  return {
    controlPlaneUrl: parseUrl(env, 'FAIRWAY_URL'),
    token: env.FAIRWAY_TOKEN ?? '',
    gitUrl: parseUrl(env, 'FAIRWAY_GIT_URL'),
    revision: parseRevision(env.FAIRWAY_COMMIT ?? ''),
    appPath: parseAppPath(env.FAIRWAY_APP_PATH ?? ''),
    repository: parseRepository(env.FAIRWAY_IMAGE ?? ''),
    component: env.FAIRWAY_COMPONENT ?? '',
    template: env.FAIRWAY_TEMPLATE ?? '',
    parameters: parseParameters(env.FAIRWAY_PARAMETERS ?? ''),
    cache: env.FAIRWAY_CACHE || undefined,
  };
}

function parseUrl(env: Variables, name: string): URL {
  const text = env[name] ?? '';
  // The text itself stays out of the message: it may carry a password.
  if (!URL.canParse(text)) throw new BuildFailure('clone', `${name} is not a URL: set it to an http or https address`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new BuildFailure('clone', `${name} uses the protocol "${url.protocol}", but only http and https are fetched`);
  }
  return url;
}

function parseRevision(text: string): string {
  // A leading dash would be read as an option, the rest is what git refuses in names of refs anyway.
  const isRef =
    /^[\w][\w./@+-]*$/.test(text) && !text.includes('..') && !text.endsWith('/') && !text.endsWith('.lock') && text.length <= 250;
  if (text === '' || isRef) return text;
  throw new BuildFailure('clone', 'FAIRWAY_COMMIT is neither a commit id nor the name of a branch or tag');
}

function parseAppPath(text: string): string {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || text.includes('\0')) {
    throw new BuildFailure('clone', 'The application path leaves the repository: name a folder inside of it, without ".."');
  }
  return parts.join('/');
}

function parseRepository(text: string): string {
  const [first = '', ...rest] = text.split('/');
  const hasHost = first.includes('.') || first.includes(':') || first === 'localhost';
  const repository = hasHost ? rest.join('/') : text;
  if (/^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(repository) && repository.length <= 255) return repository;
  throw new BuildFailure('push', 'FAIRWAY_IMAGE is not an image repository of the form HOST/ORG/PROJECT/NAME');
}

/** Parameters come as an object of texts, or as OpenChoreo's list of name and value. */
function parseParameters(text: string): Record<string, string> {
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BuildFailure('detect', 'FAIRWAY_PARAMETERS is not JSON', { cause });
  }
  const pairs: [unknown, unknown][] = Array.isArray(value)
    ? value.map((entry: { name?: unknown; value?: unknown } | null) => [entry?.name, entry?.value])
    : Object.entries((value ?? {}) as Record<string, unknown>);
  const parameters: Record<string, string> = {};
  for (const [name, entry] of pairs) if (typeof name === 'string' && entry !== undefined) parameters[name] = String(entry);
  return parameters;
}
