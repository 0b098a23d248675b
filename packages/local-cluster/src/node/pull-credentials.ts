import { Secret, type SecretFields } from '@fairway/contracts/builtin';
import type { Resources } from '@fairway/resources/model';
import { parseImageReference, type RegistryCredentials } from '../images/index.ts';
import { namespaceOf, type PodObject } from './pod-object.ts';

interface DockerAuth {
  username?: unknown;
  password?: unknown;
  auth?: unknown;
}

const readAuth = (entry: DockerAuth): RegistryCredentials | undefined => {
  const { username, password, auth } = entry;
  if (typeof username === 'string' && typeof password === 'string') return { username, password };
  if (typeof auth !== 'string') return undefined;
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
};

const readConfig = (data: string): Record<string, DockerAuth> => {
  try {
    const parsed = JSON.parse(Buffer.from(data, 'base64').toString('utf8')) as { auths?: Record<string, DockerAuth> };
    return parsed.auths ?? {};
  } catch {
    // Somebody else's broken Secret: the registry's refusal will name the pull secret.
    return {};
  }
};

/** The credentials of the pod's pull secrets for an image's registry; undefined when none fits. */
export async function findPullCredentials(
  resources: Resources,
  pod: PodObject,
  reference: string,
): Promise<RegistryCredentials | undefined> {
  const { host } = parseImageReference(reference);
  for (const { name } of pod.spec?.imagePullSecrets ?? []) {
    const secret = (await resources.get(Secret, { namespace: namespaceOf(pod), name })) as SecretFields | undefined;
    const auths = readConfig(secret?.data?.['.dockerconfigjson'] ?? '');
    for (const [server, entry] of Object.entries(auths)) {
      if (server.replace(/^https?:\/\//, '').replace(/\/.*$/, '') === host) return readAuth(entry);
    }
  }
  return undefined;
}
