import { listOf, param, types } from '../types/type.ts';
import type { CelList } from '../values/collection.ts';
import { CelError, type Result, type Value } from '../values/value.ts';
import { type FunctionDecl, overload } from './function.ts';

const listT = listOf(param('T'));
const signature = [[listT, listT], types.bool] as const;

function contains(list: CelList, part: CelList): Result {
  for (const element of part.elements()) {
    const found = element instanceof CelError ? element : list.contains(element);
    if (found !== true) return found;
  }
  return true;
}

function intersects(one: CelList, other: CelList): boolean {
  for (const element of one.elements()) if (!(element instanceof CelError) && other.contains(element) === true) return true;
  return false;
}

function equivalent(one: CelList, other: CelList): Result {
  const contained = contains(one, other);
  return contained === true ? contains(other, one) : contained;
}

const onLists =
  (run: (one: CelList, other: CelList) => Result) =>
  (one: Value = null, other: Value = null): Result =>
    run(one as CelList, other as CelList);

/** Lists taken as sets. */
export const sets: readonly FunctionDecl[] = [
  { name: 'sets.contains', overloads: [overload('list_sets_contains_list', signature, onLists(contains))] },
  { name: 'sets.equivalent', overloads: [overload('list_sets_equivalent_list', signature, onLists(equivalent))] },
  { name: 'sets.intersects', overloads: [overload('list_sets_intersects_list', signature, onLists(intersects))] },
];
