/** What stands for `{id}` in a request. */
export const loadId = (number: number): string => number.toString(36).padStart(6, '0');

/** What stands for `{connection}` in a request. */
export const connectionId = (index: number): string => String(index).padStart(2, '0');
