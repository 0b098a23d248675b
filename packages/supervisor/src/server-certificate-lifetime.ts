const dayMs = 86_400_000;

// Clients refuse server certificates of more than 825 days; renewed a month before the end.
export const serverLifetimeMs = 397 * dayMs;
export const renewBeforeMs = 30 * dayMs;
