import type { Figures } from './proxy/exchange-deps.ts';

const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Levels that are read when somebody asks for figures. */
interface Levels {
  held: number;
  routes: number;
  connections: number;
}

export interface GatewayFigures extends Figures {
  /** Prometheus' text form. */
  render(levels: Levels): string;
  /** Forgets routes that are gone, so that their number stays bounded. */
  retain(routes: ReadonlySet<string>): void;
}

interface Row {
  /** Index 1 to 5: answers of the application by class of status; 0: the client left before one. */
  applications: number[];
  /** The same for answers of the gateway itself. */
  own: number[];
}

const classes = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'];
const emptyRow = (): Row => ({ applications: classes.map(() => 0), own: classes.map(() => 0) });
const escapeLabel = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Counts what passes: by route, class of status and who answered, and one histogram of time. */
export function createFigures(): GatewayFigures {
  const rows = new Map<string, Row>();
  const buckets = bounds.map(() => 0);
  let total = 0;
  let sum = 0;
  let inFlight = 0;
  let retries = 0;

  const requestLines = function* (): Iterable<string> {
    for (const [route, row] of rows) {
      for (const [source, counts] of [
        ['application', row.applications],
        ['gateway', row.own],
      ] as const) {
        for (const [index, count] of counts.entries())
          if (count > 0)
            yield `fairway_gateway_requests_total{route="${escapeLabel(route)}",code="${classes[index]}",source="${source}"} ${count}`;
      }
    }
  };

  return {
    begin: () => {
      inFlight += 1;
    },
    end: ({ route, status, isOwn, seconds }) => {
      inFlight -= 1;
      let row = rows.get(route);
      if (row === undefined) {
        row = emptyRow();
        rows.set(route, row);
      }
      const index = status === 499 ? 0 : Math.floor(status / 100);
      const counts = isOwn ? row.own : row.applications;
      counts[index] = (counts[index] ?? 0) + 1;
      total += 1;
      sum += seconds;
      const bucket = bounds.findIndex((bound) => seconds <= bound);
      if (bucket !== -1) buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    },
    retried: () => {
      retries += 1;
    },
    retain: (routes) => {
      for (const route of rows.keys()) if (route !== '' && !routes.has(route)) rows.delete(route);
    },
    render: ({ held, routes, connections }) => {
      let below = 0;
      const histogram = bounds.map((bound, index) => {
        below += buckets[index] ?? 0;
        return `fairway_gateway_request_seconds_bucket{le="${bound}"} ${below}`;
      });
      return `${[
        '# HELP fairway_gateway_requests_total Requests by route, class of status and who answered.',
        '# TYPE fairway_gateway_requests_total counter',
        ...requestLines(),
        '# HELP fairway_gateway_request_seconds From the end of the headers to the end of the answer.',
        '# TYPE fairway_gateway_request_seconds histogram',
        ...histogram,
        `fairway_gateway_request_seconds_bucket{le="+Inf"} ${total}`,
        `fairway_gateway_request_seconds_sum ${sum.toFixed(6)}`,
        `fairway_gateway_request_seconds_count ${total}`,
        '# TYPE fairway_gateway_retries_total counter',
        `fairway_gateway_retries_total ${retries}`,
        '# TYPE fairway_gateway_requests_in_flight gauge',
        `fairway_gateway_requests_in_flight ${inFlight}`,
        '# HELP fairway_gateway_requests_held Requests that wait for a ready endpoint.',
        '# TYPE fairway_gateway_requests_held gauge',
        `fairway_gateway_requests_held ${held}`,
        '# TYPE fairway_gateway_connections gauge',
        `fairway_gateway_connections ${connections}`,
        '# TYPE fairway_gateway_routes gauge',
        `fairway_gateway_routes ${routes}`,
      ].join('\n')}\n`;
    },
  };
}
