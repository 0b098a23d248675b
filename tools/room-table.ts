/** What a room may import. A room is a folder; what is not granted here is refused. */
export interface Grant {
  /** Other rooms, by name; `*` alone is every room, `/*` stands for one folder. */
  rooms: readonly string[];
  /** What its tests may import beside that. Folders named `testing` are open to tests anyhow. */
  tests?: readonly string[];
  /** Packages from npm; docs/dependencies.md says why each is there. */
  npm?: readonly string[];
  /** A room without a door: its files may be imported one by one, by the rooms of the same package that are granted it. */
  open?: true;
  /** May import paths that are put together while it runs. */
  computed?: true;
}

const contracts = ['contracts', 'contracts/builtin'];
const resources = ['log', 'memory', 'model', 'reconcile', 'schema', 'secrets', 'store', 'fields', 'patch'].map(
  (part) => `resources/${part}`,
);
const kubernetes = ['client', 'definitions', 'health', 'server'].map((part) => `kubernetes/${part}`);
const domains = 'control-plane/domains/*';

/**
 * The architecture: which folder may know which. A name is the folder without `packages/` and `/src`; the longest name that fits a file is its room.
 * Decisions are in docs/decisions; a new row or grant is a decision too.
 */
export const roomTable: Readonly<Record<string, Grant>> = {
  // The words on the wire. `kinds` and `openchoreo` declare at build time, the doors serve generated JSON.
  contracts: { rooms: ['contracts/kinds', 'contracts/openchoreo', 'contracts/openapi', 'contracts/builtin'], npm: ['typebox'], open: true },
  'contracts/kinds': { rooms: [], npm: ['typebox'], open: true },
  'contracts/builtin': { rooms: ['contracts', 'contracts/kinds'], npm: ['typebox'], open: true },
  'contracts/openapi': { rooms: ['contracts', 'contracts/kinds'], tests: ['contracts/openchoreo'], npm: ['typebox'], open: true },
  'contracts/openchoreo': { rooms: ['contracts', 'contracts/kinds', 'contracts/openapi'], npm: ['typebox'], open: true },

  // The model and the store, from the innermost outwards.
  resources: { rooms: resources },
  'resources/model': { rooms: contracts },
  'resources/log': { rooms: ['resources/model'] },
  'resources/memory': { rooms: ['resources/model'] },
  'resources/schema': { rooms: ['resources/model'], tests: contracts },
  'resources/fields': { rooms: ['resources/model'], tests: contracts },
  'resources/patch': { rooms: ['resources/model', 'resources/fields'] },
  'resources/secrets': { rooms: ['resources/model', 'resources/log'] },
  'resources/store': { rooms: ['resources/model', 'resources/fields', 'resources/log', 'resources/schema'], tests: contracts },
  'resources/reconcile': { rooms: ['resources/model', 'resources/fields', 'resources/log'], tests: contracts },
  'resources/testing': { rooms: resources, open: true },

  // The Kubernetes protocol both ways; `words` are what both sides call things.
  'kubernetes/words': { rooms: ['resources/model'], open: true },
  'kubernetes/health': { rooms: ['resources/model'] },
  'kubernetes/client': {
    rooms: ['kubernetes/words', 'resources/model'],
    npm: ['yaml'],
    tests: ['kubernetes/server', ...contracts, ...resources],
  },
  // Users' own kinds: the registry learns them, the server serves what the registry knows.
  'kubernetes/definitions': {
    rooms: ['cel', 'resources/model', 'resources/log', 'resources/reconcile', 'resources/schema'],
    tests: ['kubernetes/server', 'resources/store', ...contracts],
  },
  'kubernetes/server': { rooms: ['kubernetes/words', 'kubernetes/streams', ...resources, ...contracts], npm: ['yaml'] },
  // Byte streams both ways: exec, attach, port-forward.
  'kubernetes/streams': { rooms: ['resources/model'], npm: ['ws'] },

  // The expressions in rules of users' kinds and in policies, from the innermost outwards. They know nothing of requests and objects.
  cel: { rooms: ['cel/*'] },
  'cel/types': { rooms: [], open: true },
  'cel/values': { rooms: ['cel/types'], open: true },
  'cel/regex': { rooms: ['cel/values'], open: true },
  'cel/syntax': { rooms: ['cel/values'], open: true },
  'cel/library': { rooms: ['cel/types', 'cel/values', 'cel/regex'], open: true },
  'cel/schema': { rooms: ['cel/types', 'cel/values', 'cel/library'], open: true },
  'cel/check': { rooms: ['cel/types', 'cel/values', 'cel/regex', 'cel/syntax', 'cel/library'], open: true },
  'cel/cost': { rooms: ['cel/types', 'cel/values', 'cel/syntax', 'cel/library', 'cel/schema', 'cel/check'], open: true },
  'cel/evaluate': { rooms: ['cel/types', 'cel/values', 'cel/regex', 'cel/syntax', 'cel/library', 'cel/check'], open: true },
  'cel/testing': { rooms: ['cel', 'cel/*'], open: true },

  // The HTTP data path: routes are data, the proxy serves them, the cluster side keeps them current.
  gateway: { rooms: ['gateway/*', ...kubernetes, ...resources, ...contracts], open: true },
  'gateway/routes': { rooms: ['resources/model', ...contracts], open: true },
  'gateway/proxy': { rooms: ['gateway/routes', 'resources/model', 'resources/log'], open: true },
  'gateway/cluster': { rooms: ['gateway/routes', 'gateway/proxy', ...kubernetes, ...resources, ...contracts], open: true },
  'gateway/testing': { rooms: ['gateway', 'gateway/*', ...kubernetes, ...resources, ...contracts], open: true },

  // A cluster of one machine. Runtime and images know nothing of the API; the controllers know nothing of processes.
  'local-cluster': { rooms: ['local-cluster/api', 'resources/model', 'resources/log', 'resources/memory'], tests: contracts },
  'local-cluster/api': {
    rooms: ['controllers', 'images', 'node', 'proxy', 'runtime']
      .map((part) => `local-cluster/${part}`)
      .concat(kubernetes, resources, contracts),
    tests: ['resources/testing'],
  },
  'local-cluster/controllers': { rooms: ['resources/model', 'resources/log', 'resources/reconcile', ...contracts] },
  'local-cluster/node': {
    rooms: ['images', 'proxy', 'runtime'].map((part) => `local-cluster/${part}`).concat('resources/model', 'resources/log', contracts),
    tests: ['resources/store'],
  },
  'local-cluster/proxy': { rooms: ['resources/model', 'resources/log', ...contracts] },
  'local-cluster/images': { rooms: ['resources/model', 'resources/log'] },
  'local-cluster/runtime': { rooms: ['resources/model', 'resources/log'] },
  'local-cluster/testing': { rooms: ['local-cluster/*', 'resources/testing', ...kubernetes, ...resources, ...contracts], open: true },

  // The control plane. Domains meet through resources and know no other domain, surface or driver.
  'control-plane/http': { rooms: ['resources/model', 'resources/log', ...contracts], npm: ['find-my-way'] },
  [domains]: {
    rooms: ['resources/model', 'resources/reconcile', ...contracts],
    tests: ['resources/store', 'resources/log', 'resources/testing'],
  },
  'control-plane/domains/artifacts': { rooms: ['resources/model', ...contracts], tests: ['control-plane/drivers/blobs'] },
  'control-plane/drivers/*': { rooms: [domains, ...resources, ...kubernetes, ...contracts] },
  'control-plane/surfaces/*': { rooms: ['control-plane/http', domains, 'resources/model', ...contracts], tests: ['resources/log'] },
  'control-plane/surfaces/kubernetes': {
    rooms: ['control-plane/http', domains, 'kubernetes/server', 'resources/model', ...contracts],
    tests: ['kubernetes/client'],
  },
  'control-plane/surfaces/registry': {
    rooms: ['control-plane/http', domains, 'resources/model', ...contracts],
    // Real images on a real disk, made the way builds make them.
    tests: ['builder', 'control-plane/drivers/blobs', 'resources/log'],
  },
  'control-plane/testing': { rooms: [domains, ...resources, ...contracts] },
  'control-plane/app': { rooms: ['*'], npm: ['yaml'] },

  // Programs of their own run time: the builder runs on the build machine, the supervisor outlives what it watches.
  builder: { rooms: [], npm: ['yaml'] },
  'builder/testing': { rooms: ['builder'], open: true },
  supervisor: { rooms: [], npm: ['@peculiar/x509', 'esbuild', 'reflect-metadata'] },
  cli: { rooms: ['sdks/typescript', 'supervisor', 'contracts'], npm: ['commander', 'yaml'] },
  'sdks/typescript': { rooms: [] },

  // Beside the product: these look at everything, and nothing may look at them.
  tools: { rooms: ['contracts', 'contracts/*', 'builder', 'cli'], npm: ['esbuild'] },
  // Builds and starts a real Kubernetes; tests and measurements compare us with it.
  'tools/kubernetes': { rooms: [], open: true },
  bench: { rooms: ['*'], computed: true },
  'tests/end-to-end': { rooms: ['sdks/typescript'] },
  'tests/kubernetes': { rooms: ['tools/kubernetes', 'tests/end-to-end'] },
};
