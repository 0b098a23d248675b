import { existsSync } from 'node:fs';
import { join } from 'node:path';

export type MachineSettings = () => Readonly<Record<string, string>>;

/**
 * What a build needs to reach registries the way the machine's user does: proxies, certificates, registry addresses. It is a list of what passes,
 * so that a secret that happens to be in this process's environment never does.
 */
const passed: readonly RegExp[] = [
  /^(https?_proxy|no_proxy|all_proxy)$/i,
  /^(SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|GIT_SSL_CAINFO)$/,
  /^npm_config_(registry|userconfig|cafile|strict_ssl|proxy|https?_proxy|noproxy)$/i,
  /^(YARN_REGISTRY|YARN_NPM_REGISTRY_SERVER|COREPACK_NPM_REGISTRY)$/,
  /^(PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|PIP_FIND_LINKS|PIP_CONFIG_FILE|PIP_CERT|PIP_TRUSTED_HOST|PIP_DEFAULT_TIMEOUT)$/,
  /^(UV_INDEX_URL|UV_DEFAULT_INDEX)$/,
  /^(GOPROXY|GOFLAGS|GONOSUMDB|GOSUMDB|GONOPROXY|GOPRIVATE|GOINSECURE|GOTOOLCHAIN|GOENV)$/,
  /^(PYENV_ROOT|PYENV_VERSION|NVM_DIR|VOLTA_HOME|ASDF_DATA_DIR)$/,
];

/** Files in which package managers keep such settings for a user, by the variable that names them; the first that exists counts. */
const files = (home: string, config: string): Readonly<Record<string, readonly string[]>> => ({
  npm_config_userconfig: [join(home, '.npmrc')],
  PIP_CONFIG_FILE: [
    join(config, 'pip', 'pip.conf'),
    join(home, '.pip', 'pip.conf'),
    join(home, 'Library/Application Support/pip/pip.conf'),
  ],
  GOENV: [join(config, 'go', 'env'), join(home, 'Library/Application Support/go/env')],
});

/** The machine's settings for package managers, for pods that carry the annotation `fairway.dev/machine-settings: "true"`; builds do. */
export function createMachineSettings(env: Readonly<Record<string, string | undefined>>): MachineSettings {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && passed.some((pattern) => pattern.test(name))) own[name] = value;
  return () => {
    const { HOME: home, XDG_CONFIG_HOME: config } = env;
    if (home === undefined) return own;
    const found: Record<string, string> = {};
    for (const [name, paths] of Object.entries(files(home, config ?? join(home, '.config')))) {
      const path = paths.find((candidate) => existsSync(candidate));
      if (path !== undefined) found[name] = path;
    }
    return { ...found, ...own };
  };
}
