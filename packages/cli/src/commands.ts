import type { Command, Flag } from './command.ts';

const placeFlags: readonly Flag[] = [
  { flags: '-p, --project <name>', about: 'project (default: the folder’s link, else where the component is)' },
  { flags: '--org <name>', about: 'organization (default: the folder’s link, else default)' },
];
const environmentFlag: Flag = { flags: '-e, --env <name>', about: 'environment' };
const developmentFlag: Flag = { ...environmentFlag, fallback: 'development' };
const waitFlags: readonly Flag[] = [
  { flags: '--no-wait', about: 'leave when the work has begun' },
  { flags: '--timeout <duration>', about: 'how long to wait, for example 90s or 10m', fallback: '10m' },
];

/** Every command, in the order of the help. Only what runs is loaded: the table alone must stay cheap. */
export const commands: readonly Command[] = [
  {
    usage: 'up',
    about: 'Start the platform on this machine, or say that it runs',
    flags: [
      { flags: '--foreground', about: 'watch over it in this process (for service managers)' },
      { flags: '--sample <folder>', about: 'deploy this folder when it is not there yet' },
      { flags: '--plain-port <port>', about: 'port of the API (default: the last one, at first 7070)' },
      { flags: '--tls-port <port>', about: 'port of the API over TLS (default: the last one, at first 7443)' },
      { flags: '--gateway-port <port>', about: 'port of the applications (default: the last one, at first 7080)' },
      { flags: '--cluster-port <port>', about: 'port of the local cluster (default: the last one, at first 7444)' },
    ],
    examples: ['fairway up', 'fairway up --foreground'],
    run: async (context) => (await import('./commands/up.ts')).up(context),
  },
  {
    usage: 'down',
    about: 'Stop everything that up started, applications included; nothing is lost',
    examples: ['fairway down'],
    run: async (context) => (await import('./commands/down.ts')).down(context),
  },
  {
    usage: 'deploy [folder]',
    about: 'Build a folder as it is now and run it in the first environment',
    flags: [
      ...placeFlags,
      { flags: '--name <name>', about: 'component name (default: the folder’s link, else its name)' },
      { flags: '--type <type>', about: 'WebApplication, Service or ScheduledTask (default: what the folder looks like)' },
      { flags: '--no-wait', about: 'leave when the build has begun' },
      { flags: '--timeout <duration>', about: 'how long to wait, for example 90s or 10m', fallback: '15m' },
    ],
    examples: ['fairway deploy', 'fairway deploy ./shop --project store'],
    run: async (context) => (await import('./commands/deploy.ts')).deploy(context),
  },
  {
    usage: 'status [name]',
    about: 'What runs where, and why it is so',
    flags: placeFlags,
    examples: ['fairway status', 'fairway status hello -o json'],
    run: async (context) => (await import('./commands/status.ts')).status(context),
  },
  {
    usage: 'logs [name]',
    about: 'What an application writes, from all its instances',
    flags: [
      ...placeFlags,
      developmentFlag,
      { flags: '-f, --follow', about: 'go on as new lines come' },
      { flags: '--tail <lines>', about: 'begin with this many last lines', fallback: '100' },
      { flags: '--since <duration>', about: 'only lines of this last while, for example 90s or 10m' },
      { flags: '--timestamps', about: 'with the time of each line' },
    ],
    examples: ['fairway logs hello', 'fairway logs -f hello -e staging'],
    run: async (context) => (await import('./commands/logs.ts')).logs(context),
  },
  {
    usage: 'open [name]',
    about: 'Print the address of an application, and open it when a person is here',
    flags: [...placeFlags, developmentFlag],
    examples: ['fairway open hello', 'fairway open hello -e staging'],
    run: async (context) => (await import('./commands/open.ts')).open(context),
  },
  {
    usage: 'promote [name]',
    about: 'Run the same release in the next environment, with that environment’s configuration',
    flags: [
      ...placeFlags,
      { flags: '--to <environment>', about: 'environment to promote to' },
      { flags: '--from <environment>', about: 'environment whose release is promoted (default: the one before)' },
      ...waitFlags,
    ],
    examples: ['fairway promote hello --to staging'],
    run: async (context) => (await import('./commands/promote.ts')).promote(context),
  },
  {
    usage: 'rollback [name]',
    about: 'Run an earlier deployment of an environment again, with its configuration and secrets',
    flags: [
      ...placeFlags,
      environmentFlag,
      { flags: '--to <name>', about: 'release or deployment record (default: the one before the present one)' },
      ...waitFlags,
    ],
    examples: ['fairway rollback hello -e development'],
    run: async (context) => (await import('./commands/rollback.ts')).rollback(context),
  },
  {
    usage: 'releases [name]',
    about: 'The releases of a component, newest first, and where they run',
    flags: placeFlags,
    examples: ['fairway releases hello', 'fairway releases hello -o json'],
    run: async (context) => (await import('./commands/releases.ts')).releases(context),
  },
  {
    usage: 'config set <name> <assignments...>',
    about: 'Set variables of a component in one environment; the change rolls out at once',
    flags: [...placeFlags, environmentFlag],
    examples: ['fairway config set hello GREETING=Hi -e staging'],
    run: async (context) => (await import('./commands/config-set.ts')).configSet(context),
  },
  {
    usage: 'config list [name]',
    about: 'The variables of a component by environment',
    flags: [...placeFlags, { ...environmentFlag, about: 'only of this environment (default: of all)' }],
    examples: ['fairway config list hello', 'fairway config list hello -e staging'],
    run: async (context) => (await import('./commands/config-list.ts')).configList(context),
  },
  {
    usage: 'secret set <name> <keys...>',
    about: 'Set secret variables of a component; values come from standard input, one KEY=VALUE a line',
    flags: [...placeFlags, { ...environmentFlag, about: 'only in this environment (default: in all)' }],
    examples: ['printf "DB_PASSWORD=%s\\n" "$PASSWORD" | fairway secret set shop DB_PASSWORD -e production'],
    run: async (context) => (await import('./commands/secret-set.ts')).secretSet(context),
  },
  {
    usage: 'doctor',
    about: 'Look at this machine and the installation, and say what to mend',
    examples: ['fairway doctor', 'fairway doctor -o json'],
    run: async (context) => (await import('./commands/doctor.ts')).doctor(context),
  },
  {
    usage: 'token',
    about: 'Print the token that the CLI uses',
    examples: ['curl -H "Authorization: Bearer $(fairway token)" http://127.0.0.1:7070/api/v1/orgs'],
    run: async (context) => (await import('./commands/token.ts')).token(context),
  },
  {
    usage: 'kubeconfig',
    about: 'Print a kubeconfig for the platform’s own kinds, or for a cluster behind it',
    flags: [{ flags: '-c, --cluster <name>', about: 'a cluster, for example local; absent: the platform itself' }],
    examples: ['fairway kubeconfig > ~/.kube/fairway', 'fairway kubeconfig -c local > ~/.kube/local'],
    run: async (context) => (await import('./commands/kubeconfig.ts')).kubeconfig(context),
  },
  {
    usage: 'version',
    about: 'Print the version of this program',
    examples: ['fairway version'],
    run: async (context) => (await import('./commands/version.ts')).version(context),
  },
];
