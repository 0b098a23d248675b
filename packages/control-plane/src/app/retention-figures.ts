import type { Log } from '@fairway/resources/log';

/** What was removed because nothing needs it any more: for `/metrics`, and a line in the log each time. */
export interface RetentionFigures {
  removed(what: string, of: { count: number; bytes?: number }): void;
  render(): string;
}

export function createRetentionFigures(log: Log): RetentionFigures {
  const counts = new Map<string, number>();
  const sizes = new Map<string, number>();
  const add = (to: Map<string, number>, what: string, more: number): void => void to.set(what, (to.get(what) ?? 0) + more);
  const rows = (name: string, of: ReadonlyMap<string, number>): string[] => [
    `# TYPE ${name} counter`,
    ...[...of].map(([what, value]) => `${name}{what="${what}"} ${value}`),
  ];
  return {
    removed: (what, { count, bytes }) => {
      add(counts, what, count);
      if (bytes !== undefined) add(sizes, what, bytes);
      log.info('removed what nothing needs any more', { what, count, ...(bytes === undefined ? {} : { bytes }) });
    },
    render: () => `${[...rows('fairway_removed_total', counts), ...rows('fairway_removed_bytes_total', sizes)].join('\n')}\n`,
  };
}
