import { invalid, type Kind } from '../../model/index.ts';
import type { Requirement } from '../database.ts';

// Each requirement is a subquery and each value a placeholder; nobody types more, and SQLite refuses far more.
const maxRequirements = 50;
const maxValues = 500;

const key = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const value = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

const refuse = (selector: string, why: string): never => {
  throw invalid(`unable to parse requirement in selector ${JSON.stringify(selector.slice(0, 200))}: ${why}`);
};

/** Parts at the commas that stand outside of brackets, in one pass: a pattern that looks ahead for the bracket takes seconds on 16,000 commas. */
const splitSelector = (selector: string): string[] => {
  const parts: string[] = [];
  let from = 0;
  let isInBrackets = false;
  for (let index = 0; index <= selector.length; index += 1) {
    const char = selector[index];
    if (char === '(') isInBrackets = true;
    else if (char === ')') isInBrackets = false;
    if (char !== undefined && (char !== ',' || isInBrackets)) continue;
    parts.push(selector.slice(from, index).trim());
    from = index + 1;
    if (parts.length > maxRequirements) refuse(selector, `more than ${maxRequirements} requirements`);
  }
  return parts;
};

const parseLabelPart = (selector: string, part: string): Requirement => {
  const checked = (label: string, operator: Requirement['operator'], values: string[] = []): Requirement => {
    if (!key.test(label)) refuse(selector, `invalid label key ${JSON.stringify(label)}`);
    const wrong = values.find((candidate) => candidate.length > 63 || !value.test(candidate));
    if (wrong !== undefined) refuse(selector, `invalid label value ${JSON.stringify(wrong)}`);
    if (values.length > maxValues) refuse(selector, `more than ${maxValues} values`);
    return { term: `label:${label}`, operator, values };
  };
  const [, setKey = '', setOperator, list = ''] = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part) ?? [];
  if (setOperator !== undefined)
    return checked(
      setKey,
      setOperator === 'in' ? 'in' : 'not-in',
      list.split(',').map((item) => item.trim()),
    );
  const [, left = '', operator, right = ''] = /^([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)$/.exec(part) ?? [];
  if (operator !== undefined) return checked(left, operator === '!=' ? 'not-in' : 'in', [right]);
  return part.startsWith('!') ? checked(part.slice(1).trim(), 'absent') : checked(part, 'exists');
};

/** Kubernetes' label selectors: `a=b,c!=d,e in (f,g),!h`. */
export const parseLabelSelector = (selector: string | undefined): Requirement[] =>
  selector === undefined || selector.trim() === '' ? [] : splitSelector(selector).map((part) => parseLabelPart(selector, part));

const parseFieldPart = (kind: Kind, selector: string, part: string): Requirement => {
  const [, field = '', operator, wanted = ''] = /^([^=!]+?)(==|=|!=)(.*)$/s.exec(part) ?? [];
  if (operator === undefined)
    throw invalid(`invalid field selector ${JSON.stringify(selector.slice(0, 200))}: write field=value or field!=value`);
  const isNot = operator === '!=';
  if (field === 'metadata.name' || field === 'metadata.namespace')
    return { term: field.slice('metadata.'.length), operator: isNot ? 'not-in' : 'in', values: [wanted] };
  if (!kind.selectableFields.includes(field))
    throw invalid(
      `field label not supported: ${field.slice(0, 200)}; ${kind.kind} has ${['metadata.name', 'metadata.namespace', ...kind.selectableFields].join(', ')}`,
    );
  const term = `field:${field}`;
  if (wanted === '') return { term, operator: isNot ? 'exists' : 'absent', values: [] };
  return { term, operator: isNot ? 'not-in' : 'in', values: [wanted] };
};

/** Kubernetes' field selectors over name, namespace and the kind's selectable fields; backslashes escape as they do there. */
export const parseFieldSelector = (kind: Kind, selector: string | undefined): Requirement[] => {
  if (selector === undefined || selector.trim() === '') return [];
  const parts = selector.match(/(?:\\.|[^,\\])+/gs) ?? [];
  if (parts.length > maxRequirements) refuse(selector, `more than ${maxRequirements} requirements`);
  return parts.map((part) => parseFieldPart(kind, selector, part.trim().replace(/\\(.)/gs, '$1')));
};
