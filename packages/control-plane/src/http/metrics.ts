/** Counts of requests for `/metrics`, in Prometheus' text form. */
export interface RequestFigures {
  count(operation: string, surface: string, status: number, seconds: number): void;
  begin(): void;
  end(): void;
  render(): string;
}

const bounds = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];

export function createRequestFigures(): RequestFigures {
  const byRoute = new Map<string, { codes: Map<string, number>; buckets: number[]; sum: number; total: number }>();
  let inFlight = 0;
  return {
    begin: () => {
      inFlight += 1;
    },
    end: () => {
      inFlight -= 1;
    },
    count: (operation, surface, status, seconds) => {
      const labels = `surface="${surface}",operation="${operation}"`;
      let row = byRoute.get(labels);
      if (row === undefined) {
        row = { codes: new Map(), buckets: bounds.map(() => 0), sum: 0, total: 0 };
        byRoute.set(labels, row);
      }
      const code = `${Math.floor(status / 100)}xx`;
      row.codes.set(code, (row.codes.get(code) ?? 0) + 1);
      row.total += 1;
      row.sum += seconds;
      const bucket = bounds.findIndex((bound) => seconds <= bound);
      if (bucket !== -1) row.buckets[bucket] = (row.buckets[bucket] ?? 0) + 1;
    },
    render: () => {
      const lines = ['# TYPE fairway_http_requests_total counter'];
      for (const [labels, row] of byRoute)
        for (const [code, count] of row.codes) lines.push(`fairway_http_requests_total{${labels},code="${code}"} ${count}`);
      lines.push('# TYPE fairway_http_request_seconds histogram');
      for (const [labels, row] of byRoute) {
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
