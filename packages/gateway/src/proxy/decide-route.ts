import type { IncomingMessage } from 'node:http';
import { matchRequest } from '../routes/match-request.ts';
import type { Candidate } from '../routes/route-table.ts';
import type { GatewayProblem } from './answer-problem.ts';
import type { Choice } from './choose-endpoint.ts';
import type { ExchangeDeps } from './exchange-deps.ts';
import { problems } from './problems.ts';
import type { Target } from './read-target.ts';

export type Decision =
  | { is: 'refused'; candidate: Candidate | undefined; problem: GatewayProblem }
  | { is: 'redirected'; candidate: Candidate }
  | { is: 'chosen'; candidate: Candidate; choice: Choice }
  /** Nothing to send it to yet; `problem` is the answer when that stays so. */
  | { is: 'waiting'; candidate: Candidate | undefined; problem: (waitedMs: number, wasRefused: boolean) => GatewayProblem };

interface Question {
  request: IncomingMessage;
  target: Target;
  /** Endpoints that failed this very request. */
  tried: ReadonlySet<string> | undefined;
}

/** Decides by the table of this moment what is done with a request. */
export function decideRoute(
  { table: current, choose }: Pick<ExchangeDeps, 'table' | 'choose'>,
  { request, target, tried }: Question,
): Decision {
  const table = current();
  if (table === undefined) return { is: 'waiting', candidate: undefined, problem: problems.noTable };
  const candidate = matchRequest(table, {
    host: target.host,
    path: target.path,
    method: request.method ?? 'GET',
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    query: (name) => new URLSearchParams(target.search).get(name) ?? undefined,
  });
  if (candidate === 'unknown-host') return { is: 'refused', candidate: undefined, problem: problems.unknownHost(target.host) };
  if (candidate === 'unknown-path') return { is: 'refused', candidate: undefined, problem: problems.unknownPath(target.host) };
  const { action } = candidate;
  if (action.refusal !== undefined)
    return { is: 'refused', candidate, problem: problems.refused(action.refusal.status, action.refusal.detail) };
  if (action.redirect !== undefined) return { is: 'redirected', candidate };
  const chosen = choose(action.backends, tried);
  if ('upstream' in chosen) return { is: 'chosen', candidate, choice: chosen };
  if ('broken' in chosen) return { is: 'refused', candidate, problem: problems.brokenBackend(chosen.broken) };
  return {
    is: 'waiting',
    candidate,
    problem: (waitedMs, wasRefused) =>
      chosen.isRefusing || wasRefused ? problems.notAccepting(target.host) : problems.notReady(target.host, waitedMs),
  };
}
