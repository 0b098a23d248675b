import type { Case } from '../case.ts';
import { bodyCases } from './bodies.ts';
import { crudCases } from './crud.ts';
import { deletionCases } from './deletion.ts';
import { discoveryCases } from './discovery.ts';
import { metadataCases } from './metadata.ts';

/** All cases, by what they are about. */
export const suites: Readonly<Record<string, readonly Case[]>> = {
  discovery: discoveryCases,
  crud: crudCases,
  metadata: metadataCases,
  bodies: bodyCases,
  deletion: deletionCases,
};
