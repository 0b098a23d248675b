import type { RunningLoop } from '@fairway/resources/reconcile';

/** The reconcilers' figures in Prometheus' text form, with those of the process. */
export function renderLoopFigures(figures: ReturnType<RunningLoop['figures']>): string {
  const { heapUsed, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const rows = (name: string, type: string, value: (row: (typeof figures)[number]) => number): string[] => [
    `# TYPE ${name} ${type}`,
    ...figures.map((row) => `${name}{controller="${row.controller}"} ${value(row)}`),
  ];
  return `${[
    ...rows('fairway_reconcile_queued', 'gauge', ({ queued }) => queued),
    ...rows('fairway_reconcile_running', 'gauge', ({ running }) => running),
    ...rows('fairway_reconcile_total', 'counter', ({ reconciled }) => reconciled),
    ...rows('fairway_reconcile_failed_total', 'counter', ({ failed }) => failed),
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${rss}`,
    '# TYPE nodejs_heap_used_bytes gauge',
    `nodejs_heap_used_bytes ${heapUsed}`,
    '# TYPE process_cpu_seconds_total counter',
    `process_cpu_seconds_total ${((user + system) / 1e6).toFixed(3)}`,
  ].join('\n')}\n`;
}
