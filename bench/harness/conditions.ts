import { cpus, loadavg, totalmem } from 'node:os';

/** The machine as a figure's reader must know it: without it no figure can be compared with another day's. */
export const conditions = (): string => {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg().map((average) => average.toFixed(2));
  return `${cpus().length} × ${first?.model ?? 'unknown CPU'}, ${memory} GiB, ${process.platform} ${process.arch}, Node ${process.version}, load ${load.join(' ')}`;
};
