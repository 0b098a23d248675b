/**
 * Git over smart HTTP: /git/ORGANIZATION/PROJECT/NAME.git, clone, fetch and push with any git client.
 * Translates only: who may do it is asked here, repositories and git itself do the work. A push into a project makes an absent repository.
 */
import { type Caller, invalid, isPermitted, isProblem, lacksPermission, notFound, Problem } from '@fairway/resources/model';
import type { HeadPlan } from '#domains/builds';
import { type RepositoryPath, repositoryPath } from '#domains/repositories';
import { type Exchange, type Reply, type Surface, statusOf } from '#http';

export interface GitSurfaceDependencies {
  /** Makes the repository when its project exists; doing it again changes nothing. */
  ensureRepository(exchange: Exchange, path: RepositoryPath): Promise<void>;
  exists(path: RepositoryPath, signal: AbortSignal): Promise<boolean>;
  /** Streams one request to git and its answer back. */
  serve(exchange: Exchange, git: { path: RepositoryPath; rest: string; token: string | undefined }): Promise<void>;
  /** What a pushed head comes to, for each component that builds from its branch. */
  plan(path: RepositoryPath, head: { branch: string; commit: string }, signal: AbortSignal): Promise<readonly HeadPlan[]>;
  /** Called when refs have changed, and after every push, whatever became of it. */
  pushed(path: RepositoryPath): void;
  tokenOf(exchange: Exchange): string | undefined;
}

const services = { 'git-upload-pack': 'repositories.repository.read', 'git-receive-pack': 'repositories.repository.push' } as const;
type Service = keyof typeof services;
const isService = (text: string): text is Service => Object.hasOwn(services, text);

export function createGitSurface(deps: GitSurfaceDependencies): Surface {
  const handle = async (exchange: Exchange): Promise<undefined> => {
    const { path, rest, service } = parseTarget(exchange);
    authorize(exchange.caller, path, services[service]);
    if (!(await deps.exists(path, exchange.signal))) {
      if (service !== 'git-receive-pack') throw notFound('Repository', `${path.organization}/${path.project}/${path.name}`);
      authorize(exchange.caller, path, 'repositories.repository.create');
      await deps.ensureRepository(exchange, path);
    }
    try {
      await deps.serve(exchange, { path, rest, token: deps.tokenOf(exchange) });
    } finally {
      if (rest === '/git-receive-pack') deps.pushed(path);
    }
  };
  // The answer to a push ends with its hook, and the hook shows what the push sets going: so the hook itself says that the refs have changed.
  const refsChanged = async ({ caller, params, query, signal }: Exchange): Promise<Reply> => {
    const path = pathOf(params);
    authorize(caller, path, services['git-receive-pack']);
    deps.pushed(path);
    const head = headOf(query);
    if (head === undefined) return plain(200, 'seen');
    authorize(caller, path, 'builds.build.read');
    const items = await deps.plan(path, head, signal);
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ items }) };
  };
  return {
    name: 'git',
    prefixes: ['/git/'],
    challenge: 'Basic',
    routes: [
      {
        methods: ['GET'],
        path: '/git/:organization/:project/:repository/info/refs',
        operation: 'repository.advertise',
        permission: 'by-object',
        handle,
      },
      {
        methods: ['POST'],
        path: '/git/:organization/:project/:repository/:service',
        operation: 'repository.transfer',
        permission: 'by-object',
        handle,
      },
      {
        methods: ['POST'],
        path: '/git/:organization/:project/:repository/refs-changed',
        operation: 'repository.refs-changed',
        permission: 'by-object',
        handle: refsChanged,
      },
    ],
    renderProblem,
    renderNoRoute: () => plain(404, 'no such address: repositories are at /git/ORGANIZATION/PROJECT/NAME.git'),
  };
}

function parseTarget({ params, query }: Exchange): { path: RepositoryPath; rest: string; service: Service } {
  const { service: posted } = params;
  const service = posted ?? query.get('service') ?? '';
  if (!isService(service))
    throw new Problem({ reason: 'forbidden', message: 'only git’s smart HTTP protocol is served here: use a git client' });
  return { path: pathOf(params), rest: posted === undefined ? '/info/refs' : `/${service}`, service };
}

/** The head that is asked about: `?branch=main&commit=…`. */
function headOf(query: URLSearchParams): { branch: string; commit: string } | undefined {
  const [branch, commit] = [query.get('branch'), query.get('commit')];
  if (branch === null && commit === null) return undefined;
  if (branch === null || commit === null || !/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit))
    throw invalid('a head is asked about by its branch and its whole commit id: ?branch=NAME&commit=ID');
  return { branch, commit };
}

function pathOf({ organization = '', project = '', repository = '' }: Exchange['params']): RepositoryPath {
  return repositoryPath(organization, project, repository.endsWith('.git') ? repository.slice(0, -4) : repository);
}

function authorize(caller: Caller, path: RepositoryPath, permission: string): void {
  const whole = `${path.organization}/${path.project}/${path.name}`;
  const isWithin =
    (caller.organization === undefined || caller.organization === path.organization) &&
    (caller.limits?.repository === undefined || caller.limits.repository === whole);
  // What the caller may not know to exist is not found.
  if (!isWithin) throw notFound('Repository', whole);
  if (!isPermitted(caller, permission))
    throw lacksPermission(permission, `${caller.principal} needs the permission ${permission} for ${whole}`);
}

const plain = (status: number, text: string): Reply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${text}\n`,
});

const renderProblem: Surface['renderProblem'] = (error, { requestId }) =>
  isProblem(error) ? plain(statusOf[error.reason], error.message) : plain(500, `internal error (request ${requestId})`);
