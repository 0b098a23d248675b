/** Pauses before further tries while the control plane does not answer: a build outlives its restart. About 40 s in all. */
export const outagePausesMs: readonly number[] = [200, 400, 800, 1_600, 3_000, 5_000, 5_000, 8_000, 8_000, 8_000];
