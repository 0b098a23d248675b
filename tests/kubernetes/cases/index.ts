import type { Case } from '../case.ts';
import { applyCases } from './apply.ts';
import { bodyCases } from './bodies.ts';
import { builtInKindCases } from './built-in-kinds.ts';
import { applyListCases, mergeKeyCases } from './built-in-lists.ts';
import { crudCases } from './crud.ts';
import { definitionCases } from './definitions.ts';
import { deletionCases } from './deletion.ts';
import { discoveryCases } from './discovery.ts';
import { listCases } from './lists.ts';
import { metadataCases } from './metadata.ts';
import { patchCases } from './patches.ts';
import { representationCases } from './representations.ts';
import { statusCases } from './status.ts';
import { watchCases } from './watches.ts';

/** All cases, by what they are about. */
export const suites: Readonly<Record<string, readonly Case[]>> = {
  discovery: discoveryCases,
  'reading and writing': crudCases,
  'names and metadata': metadataCases,
  bodies: bodyCases,
  deletion: deletionCases,
  definitions: definitionCases,
  patches: [...patchCases, ...mergeKeyCases],
  apply: [...applyCases, ...applyListCases],
  status: statusCases,
  'built-in kinds': builtInKindCases,
  lists: listCases,
  watches: watchCases,
  representations: representationCases,
};
