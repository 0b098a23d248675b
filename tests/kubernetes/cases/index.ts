import type { Case } from '../case.ts';
import { bodyCases } from './bodies.ts';
import { crudCases } from './crud.ts';
import { deletionCases } from './deletion.ts';
import { discoveryCases } from './discovery.ts';
import { listCases } from './lists.ts';
import { metadataCases } from './metadata.ts';
import { patchCases } from './patches.ts';
import { representationCases } from './representations.ts';
import { watchCases } from './watches.ts';

/** All cases, by what they are about. */
export const suites: Readonly<Record<string, readonly Case[]>> = {
  discovery: discoveryCases,
  crud: crudCases,
  metadata: metadataCases,
  bodies: bodyCases,
  deletion: deletionCases,
  patches: patchCases,
  lists: listCases,
  watches: watchCases,
  representations: representationCases,
};
