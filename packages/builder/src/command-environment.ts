import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What commands of the application's own (install and build scripts) see of the builder's environment. Everything else stays out, first of all
 * `FAIRWAY_TOKEN`: a dependency's install script is foreign code. The machine's settings for registries, proxies and certificates pass.
 */
const passed: readonly RegExp[] = [
  /^(HOME|PATH|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LC_\w+|CI)$/,
  // The local cluster finds the processes of a container by it: these have groups of their own, and a killed builder ends none of them.
  /^FAIRWAY_CONTAINER_ID$/,
  /^(https?_proxy|no_proxy|all_proxy)$/i,
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|GIT_SSL_CAINFO)$/,
  /^npm_config_\w+$/i,
  /^(PIP|UV)_\w+$/,
  /^(YARN|COREPACK|PNPM)_\w+$/,
  /^(PYENV_ROOT|PYENV_VERSION|NVM_DIR|VOLTA_HOME|ASDF_DATA_DIR)$/,
  /^(GOPROXY|GOSUMDB|GONOSUMDB|GOPRIVATE|GONOPROXY|GOINSECURE|GOFLAGS|GOTOOLCHAIN|GOROOT|GOENV)$/,
];

/** The cleaned environment, with all caches below `cache`. */
export function commandEnvironment(env: Readonly<Record<string, string | undefined>>, cache: string): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && passed.some((pattern) => pattern.test(name))) clean[name] = value;
  }
  const folder = (name: string): string => {
    const path = join(cache, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  return {
    ...clean,
    // Tools ask no questions and draw no progress bars.
    CI: clean.CI ?? 'true',
    npm_config_cache: folder('npm'),
    npm_config_update_notifier: 'false',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    // pnpm keeps its store below the first, most other tools their caches below the second.
    XDG_DATA_HOME: folder('data'),
    XDG_CACHE_HOME: folder('cache'),
    YARN_CACHE_FOLDER: folder('yarn'),
    PIP_CACHE_DIR: folder('pip'),
    PIP_NO_INPUT: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    GOCACHE: folder('go-build'),
    GOMODCACHE: folder('go-mod'),
    // Without -modcacherw Go writes read-only folders, which an ordinary removal of the cache cannot remove.
    GOFLAGS: [clean.GOFLAGS, '-modcacherw'].filter(Boolean).join(' '),
  };
}
