import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type FieldProblem, invalid } from '@fairway/resources/model';

export interface Settings {
  home: string;
  host: string;
  port: number;
  tlsPort: number;
  /** Where applications answer, as their users see it. */
  gatewayPort: number;
  /** Address of this process as build steps see it. */
  advertisedUrl: string;
  /** Host that references of our images begin with. */
  registryHost: string;
  maxPushBytes: number;
  maxDatabasePages: number | undefined;
  /** How much history is kept beyond what is still needed: builds and releases of a component, deployments of a binding, versions of a secret. */
  keepBuilds: number;
  keepReleases: number;
  keepDeployments: number;
  keepSecretVersions: number;
  /** How long an image that nothing names stays after somebody pushed or pulled it. */
  imageGraceHours: number;
  buildCacheBytes: number;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
}

interface Setting {
  flag: string;
  variable: string;
  /** Key in `settings.yaml` of the state folder. */
  key: string;
  fallback?: string;
  check: (text: string) => string | undefined;
}

const text = (value: string): string | undefined => (value === '' ? 'must not be empty' : undefined);
const port = (value: string): string | undefined =>
  /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? undefined : 'must be a port from 0 to 65535';
const count = (value: string): string | undefined =>
  /^\d{1,15}$/.test(value) && Number(value) > 0 ? undefined : 'must be a whole number above 0';
const upTo =
  (most: number) =>
  (value: string): string | undefined =>
    count(value) === undefined && Number(value) <= most ? undefined : `must be a whole number from 1 to ${most}`;
const url = (value: string): string | undefined =>
  /^https?:\/\/[^/?#]+$/.test(value) ? undefined : 'must be an address like http://127.0.0.1:7070, without a path';
const level = (value: string): string | undefined =>
  ['debug', 'info', 'warn', 'error'].includes(value) ? undefined : 'must be debug, info, warn or error';

/** Every setting once: flag, then variable, then file, then fallback. */
const table = {
  home: { flag: 'home', variable: 'FAIRWAY_HOME', key: 'home', check: text },
  host: { flag: 'host', variable: 'FAIRWAY_LISTEN_HOST', key: 'host', fallback: '127.0.0.1', check: text },
  port: { flag: 'port', variable: 'FAIRWAY_PORT', key: 'port', fallback: '7070', check: port },
  tlsPort: { flag: 'tls-port', variable: 'FAIRWAY_TLS_PORT', key: 'tlsPort', fallback: '7443', check: port },
  gatewayPort: { flag: 'gateway-port', variable: 'FAIRWAY_GATEWAY_PORT', key: 'gatewayPort', fallback: '7080', check: port },
  advertisedUrl: { flag: 'advertised-url', variable: 'FAIRWAY_ADVERTISED_URL', key: 'advertisedUrl', check: url },
  registryHost: {
    flag: 'registry-host',
    variable: 'FAIRWAY_REGISTRY_HOST',
    key: 'registryHost',
    fallback: 'registry.fairway.localhost',
    check: text,
  },
  maxPushBytes: {
    flag: 'max-push-bytes',
    variable: 'FAIRWAY_MAX_PUSH_BYTES',
    key: 'maxPushBytes',
    fallback: String(1024 ** 3),
    check: count,
  },
  maxDatabasePages: { flag: 'max-database-pages', variable: 'FAIRWAY_MAX_DATABASE_PAGES', key: 'maxDatabasePages', check: count },
  keepBuilds: { flag: 'keep-builds', variable: 'FAIRWAY_KEEP_BUILDS', key: 'keepBuilds', fallback: '20', check: upTo(1_000) },
  keepReleases: { flag: 'keep-releases', variable: 'FAIRWAY_KEEP_RELEASES', key: 'keepReleases', fallback: '20', check: upTo(300) },
  keepDeployments: {
    flag: 'keep-deployments',
    variable: 'FAIRWAY_KEEP_DEPLOYMENTS',
    key: 'keepDeployments',
    fallback: '20',
    check: upTo(100),
  },
  keepSecretVersions: {
    flag: 'keep-secret-versions',
    variable: 'FAIRWAY_KEEP_SECRET_VERSIONS',
    key: 'keepSecretVersions',
    fallback: '20',
    check: upTo(1_000),
  },
  imageGraceHours: {
    flag: 'image-grace-hours',
    variable: 'FAIRWAY_IMAGE_GRACE_HOURS',
    key: 'imageGraceHours',
    fallback: '24',
    check: upTo(8_760),
  },
  buildCacheBytes: {
    flag: 'build-cache-bytes',
    variable: 'FAIRWAY_BUILD_CACHE_BYTES',
    key: 'buildCacheBytes',
    fallback: String(2 * 1024 ** 3),
    check: count,
  },
  logLevel: { flag: 'log-level', variable: 'FAIRWAY_LOG_LEVEL', key: 'logLevel', fallback: 'info', check: level },
} as const satisfies Record<keyof Settings, Setting>;

/** Reads and checks all settings; every wrong one is told at once, with where it came from. */
export async function readSettings(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<Settings> {
  const rows: readonly Setting[] = Object.values(table);
  const flags = readFlags(argv, rows);
  const home = flags.home ?? env.FAIRWAY_HOME;
  if (home === undefined || home === '') throw invalid('no state folder is given: set --home or FAIRWAY_HOME');
  const file = await readFile(join(home, 'settings.yaml'));
  const problems: FieldProblem[] = Object.keys(file)
    .filter((key) => !rows.some((row) => row.key === key))
    .map((key) => ({ field: `settings.yaml: ${key}`, message: 'is no setting', type: 'FieldValueInvalid' }));
  const read = (name: keyof Settings): string | undefined => {
    const row: Setting = table[name];
    const flag = flags[row.flag];
    const variable = env[row.variable];
    const [value, where] =
      flag !== undefined
        ? [flag, `--${row.flag}`]
        : variable !== undefined && variable !== ''
          ? [variable, row.variable]
          : [file[row.key], `settings.yaml: ${row.key}`];
    const found = value ?? row.fallback;
    const wrong = found === undefined ? undefined : row.check(found);
    if (wrong !== undefined) problems.push({ field: where, message: wrong, type: 'FieldValueInvalid' });
    return found;
  };
  const plainPort = Number(read('port'));
  const pages = read('maxDatabasePages');
  const settings: Settings = {
    home,
    host: read('host') ?? '',
    port: plainPort,
    tlsPort: Number(read('tlsPort')),
    gatewayPort: Number(read('gatewayPort')),
    advertisedUrl: read('advertisedUrl') ?? `http://127.0.0.1:${plainPort}`,
    registryHost: read('registryHost') ?? '',
    maxPushBytes: Number(read('maxPushBytes')),
    maxDatabasePages: pages === undefined ? undefined : Number(pages),
    keepBuilds: Number(read('keepBuilds')),
    keepReleases: Number(read('keepReleases')),
    keepDeployments: Number(read('keepDeployments')),
    keepSecretVersions: Number(read('keepSecretVersions')),
    imageGraceHours: Number(read('imageGraceHours')),
    buildCacheBytes: Number(read('buildCacheBytes')),
    logLevel: (read('logLevel') ?? 'info') as Settings['logLevel'],
  };
  if (problems.length > 0)
    throw invalid(`settings are wrong: ${problems.map(({ field, message }) => `${field} ${message}`).join('; ')}`, problems);
  return settings;
}

function readFlags(argv: readonly string[], rows: readonly Setting[]): Readonly<Record<string, string | undefined>> {
  try {
    const options = Object.fromEntries(rows.map(({ flag }) => [flag, { type: 'string' as const }]));
    return parseArgs({ args: [...argv], options }).values as Record<string, string | undefined>;
  } catch (cause) {
    throw invalid(`settings are wrong: ${(cause as Error).message}`, [], { cause });
  }
}

/** The parser is 3 MB in memory, and most installations have no such file. */
async function readFile(path: string): Promise<Record<string, string>> {
  if (!existsSync(path)) return {};
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (cause) {
    throw invalid(`${path} is not YAML: ${(cause as Error).message.split('\n')[0]}`, [], { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${path} must hold settings as "key: value"`);
  const nested = Object.entries(value).filter(([, entry]) => typeof entry === 'object' && entry !== null);
  if (nested.length > 0)
    throw invalid(
      `settings are wrong: ${nested.map(([key]) => `settings.yaml: ${key} must be a text or a number`).join('; ')}`,
      nested.map(([key]) => ({ field: `settings.yaml: ${key}`, message: 'must be a text or a number', type: 'FieldValueTypeInvalid' })),
    );
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([key, entry]) => [key, String(entry)]),
  );
}
