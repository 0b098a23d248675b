const firstMs = 1_000;
const maxMs = 5 * 60_000;
/** A container that ran this long before it ended is stable: its next restart is at once. */
export const stableMs = 10 * 60_000;

/** Delay before the restart after `failures` short runs in a row: 1 s, doubling to 5 min. */
export const backOffMs = (failures: number): number => Math.min(firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30), maxMs);
