import type { CompiledRule } from './compile-rule.ts';
import type { RouteCondition } from './route-table.ts';

/** A place that an older route holds. `isForeign`: of another namespace, so it is not named. */
export interface Clash {
  host: string;
  path: string;
  holder: string;
  isForeign: boolean;
}

export interface RouteFindings {
  rules: readonly CompiledRule[];
  clashes: readonly Clash[];
  /** How many matches got their place. */
  placed: number;
  policy: string | undefined;
}

// A condition is read in a terminal; a route with 50 clashing hosts is understood from the first few.
const shown = 5;
const listed = (texts: readonly string[]): string =>
  texts.slice(0, shown).join('; ') + (texts.length > shown ? `; and ${texts.length - shown} more` : '');

const describe = (clash: Clash): string =>
  clash.isForeign ? `${clash.host}${clash.path} (a route of another namespace)` : `${clash.host}${clash.path} (${clash.holder})`;

/** The conditions of a route, in Gateway API's words; `Programmed` says whether requests pass. */
export function judgeRoute({ rules, clashes, placed, policy }: RouteFindings): RouteCondition[] {
  const unsupported = rules.flatMap((rule) => rule.unsupported);
  const references = rules.flatMap((rule) => rule.references);
  const problems: { reason: string; message: string }[] = [];
  if (clashes.length > 0)
    problems.push({
      reason: 'HostnameConflict',
      message: `An older route keeps ${listed(clashes.map(describe))}. Choose another hostname or path, or remove the older route.`,
    });
  if (unsupported.length > 0)
    problems.push({ reason: 'UnsupportedValue', message: `This gateway does not offer it: ${listed(unsupported)}.` });
  const [first] = problems;
  const message = problems.map((problem) => problem.message).join(' ');
  const isAccepted = first === undefined || (placed > 0 && unsupported.length === 0);
  const accepted: RouteCondition = isAccepted
    ? { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'The route is taken.' }
    : { type: 'Accepted', status: 'False', reason: first.reason, message };
  const [reference] = references;
  const resolved: RouteCondition =
    reference === undefined
      ? { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: 'All backends are known.' }
      : { type: 'ResolvedRefs', status: 'False', reason: reference.reason, message: listed(references.map((each) => each.message)) };
  const conditions = [accepted, resolved, programmed(isAccepted, policy)];
  if (isAccepted && first !== undefined) conditions.push({ type: 'PartiallyInvalid', status: 'True', reason: first.reason, message });
  return conditions;
}

function programmed(isAccepted: boolean, policy: string | undefined): RouteCondition {
  if (!isAccepted) return { type: 'Programmed', status: 'False', reason: 'Invalid', message: 'The route is not taken; see Accepted.' };
  if (policy !== undefined)
    return {
      type: 'Programmed',
      status: 'False',
      reason: 'PolicyNotEnforced',
      message: `${policy} wants to protect this route and cannot be enforced here yet, so its requests are answered with 503. Remove the policy, or use a cluster whose gateway enforces it.`,
    };
  return { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'Requests are routed.' };
}
