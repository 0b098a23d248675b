import type { Backend, Endpoint } from '../routes/route-table.ts';
import type { Upstream, Upstreams } from './upstreams.ts';

export interface Choice {
  backend: Backend;
  upstream: Upstream;
}

/**
 * - a choice: send it there, now.
 * - `broken`: a backend that can never answer had its share of the traffic.
 * - `none`: nothing is ready; `isRefusing` when endpoints are ready by the cluster's word and refuse connections.
 */
type Chosen = Choice | { broken: string } | { none: true; isRefusing: boolean };

/** Picks the backend by weight and in it the endpoint with the least in flight, in turns among equals. */
export type ChooseEndpoint = (backends: readonly Backend[], tried: ReadonlySet<string> | undefined) => Chosen;

export function createChooser(deps: { upstreams: Upstreams; now: () => number; random: () => number }): ChooseEndpoint {
  const { upstreams, now, random } = deps;
  let turn = 0;

  const leastLoaded = (endpoints: readonly Endpoint[], tried: ReadonlySet<string> | undefined): Upstream | undefined => {
    let best: Upstream | undefined;
    turn = (turn + 1) % 0x7fffffff;
    for (let step = 0; step < endpoints.length; step += 1) {
      const endpoint = endpoints[(turn + step) % endpoints.length];
      if (endpoint === undefined || tried?.has(endpoint.key)) continue;
      const upstream = upstreams.of(endpoint);
      if (upstream.pod.isDrained || (upstream.avoidUntil > 0 && upstream.avoidUntil > now())) continue;
      if (best === undefined || upstream.inFlight < best.inFlight) best = upstream;
    }
    return best;
  };

  const byWeight = (choices: readonly Option[]): Option | undefined => {
    // The usual rule has one backend.
    if (choices.length < 2) return choices[0];
    let total = 0;
    for (const each of choices) total += each.backend.weight;
    let point = random() * total;
    for (const each of choices) {
      point -= each.backend.weight;
      if (point < 0) return each;
    }
    return choices.at(-1);
  };

  // A backend that has nothing ready gives its share to the others; one that is wrong keeps it, so that somebody notices.
  const optionsOf = (backends: readonly Backend[], tried: ReadonlySet<string> | undefined): Option[] => {
    const options: Option[] = [];
    for (const backend of backends) {
      if (backend.weight <= 0) continue;
      const upstream = backend.broken === undefined ? leastLoaded(backend.endpoints, tried) : undefined;
      if (upstream !== undefined || backend.broken !== undefined) options.push({ backend, upstream });
    }
    return options;
  };

  return (backends, tried) => {
    const option = byWeight(optionsOf(backends, tried));
    if (option === undefined) return { none: true, isRefusing: backends.some((backend) => backend.endpoints.length > 0) };
    return option.upstream === undefined ? { broken: option.backend.broken ?? '' } : { backend: option.backend, upstream: option.upstream };
  };
}

interface Option {
  backend: Backend;
  upstream: Upstream | undefined;
}
