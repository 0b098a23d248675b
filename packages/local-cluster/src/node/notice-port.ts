import type { Clock } from '@fairway/resources/model';
import type { ContainerRecord, ProcessRuntime } from '../runtime/index.ts';

const firstLookMs = 400;
const maxLookMs = 10_000;

/**
 * Looks whether an application listens on a port of its own instead of an allotted one. A port counts when it is seen twice in a row: programs open
 * passing ports while they start. Ends when an allotted port answers, a port of its own is found, or it is stopped.
 */
export function noticePort(options: {
  clock: Clock;
  runtime: ProcessRuntime;
  record: ContainerRecord;
  allotted: readonly number[];
  declared: readonly number[];
  onFixedPort: (port: number) => void;
}): { stop(): void } {
  const { clock, runtime, record, allotted, declared, onFixedPort } = options;
  let isStopped = false;
  let cancel = (): void => {};
  let before: readonly number[] = [];
  let delayMs = firstLookMs;
  const look = async (): Promise<void> => {
    const ports = record.exit === undefined ? await runtime.listeningPorts(record.id).catch(() => []) : [];
    if (isStopped || record.exit !== undefined || ports.some((port) => allotted.includes(port))) return;
    const steady = ports.filter((port) => before.includes(port));
    const fixed = declared.find((port) => steady.includes(port)) ?? steady[0];
    if (fixed !== undefined) return onFixedPort(fixed);
    before = ports;
    // Twice at the same pace when there is something to confirm, else slower and slower.
    if (ports.length === 0) delayMs = Math.min(delayMs * 1.5, maxLookMs);
    cancel = clock.after(delayMs, () => void look());
  };
  cancel = clock.after(delayMs, () => void look());
  return {
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
}
