import type { Case } from '../case.ts';
import { discoveryCases } from './discovery.ts';

/** All cases, by what they are about. */
export const suites: Readonly<Record<string, readonly Case[]>> = {
  discovery: discoveryCases,
};
