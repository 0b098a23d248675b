/** Counts of requests for `/metrics`, in Prometheus' text form. */
export interface RequestFigures {
  /** The counter of one route's answers. */
  counter(operation: string, surface: string): (status: number, seconds: number) => void;
  begin(): void;
  end(): void;
  render(): string;
}

const bounds = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];

interface Row {
  /** By the first digit of the status. */
  codes: number[];
  buckets: number[];
  sum: number;
  total: number;
}

export function createRequestFigures(): RequestFigures {
  const rows = new Map<string, Row>();
  let inFlight = 0;
  const rowOf = (labels: string): Row => {
    const row = rows.get(labels) ?? { codes: Array<number>(6).fill(0), buckets: bounds.map(() => 0), sum: 0, total: 0 };
    rows.set(labels, row);
    return row;
  };
  return {
    begin: () => {
      inFlight += 1;
    },
    end: () => {
      inFlight -= 1;
    },
    counter: (operation, surface) => {
      const row = rowOf(`surface="${surface}",operation="${operation}"`);
      return (status, seconds) => {
        const code = Math.floor(status / 100);
        row.codes[code] = (row.codes[code] ?? 0) + 1;
        row.total += 1;
        row.sum += seconds;
        let bucket = 0;
        while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket += 1;
        row.buckets[bucket] = (row.buckets[bucket] ?? 0) + 1;
      };
    },
    render: () => {
      const lines = ['# TYPE fairway_http_requests_total counter'];
      const asked = [...rows].filter(([, row]) => row.total > 0);
      for (const [labels, row] of asked)
        row.codes.forEach((count, code) => {
          if (count > 0) lines.push(`fairway_http_requests_total{${labels},code="${code}xx"} ${count}`);
        });
      lines.push('# TYPE fairway_http_request_seconds histogram');
      for (const [labels, row] of asked) {
        let below = 0;
        bounds.forEach((bound, index) => {
          below += row.buckets[index] ?? 0;
          lines.push(`fairway_http_request_seconds_bucket{${labels},le="${bound}"} ${below}`);
        });
        lines.push(`fairway_http_request_seconds_bucket{${labels},le="+Inf"} ${row.total}`);
        lines.push(
          `fairway_http_request_seconds_sum{${labels}} ${row.sum.toFixed(6)}`,
          `fairway_http_request_seconds_count{${labels}} ${row.total}`,
        );
      }
      lines.push('# TYPE fairway_http_requests_in_flight gauge', `fairway_http_requests_in_flight ${inFlight}`);
      return `${lines.join('\n')}\n`;
    },
  };
}
