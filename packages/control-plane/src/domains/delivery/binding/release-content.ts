import type { BindingSpec, ComponentReleaseSpec } from '@fairway/contracts';
import { canonicalDigest } from '../canonical-digest.ts';

/** What a component release fixes: the same in every environment. */
export type ReleaseContent = Pick<ComponentReleaseSpec, 'className' | 'workloadSpec' | 'apis' | 'overrides'>;

/** The content of a binding or a release; undefined while there is no workload. */
export function contentOf(
  spec: Pick<BindingSpec, 'className' | 'workloadSpec' | 'apis' | 'overrides'> | undefined,
): ReleaseContent | undefined {
  if (spec?.workloadSpec === undefined) return undefined;
  const { className, workloadSpec, apis, overrides } = spec;
  return { className, workloadSpec, ...(apis === undefined ? {} : { apis }), ...(overrides === undefined ? {} : { overrides }) };
}

/** Hash of a content. Owner and empty fields are no part of it: leaving a field out and giving it empty mean the same. */
export function contentHash(type: string, content: ReleaseContent): string {
  const { owner: _owner, ...workload } = content.workloadSpec;
  return canonicalDigest({
    type,
    className: content.className,
    workload: withoutEmpty(workload),
    apis: withoutEmpty(content.apis ?? {}),
    overrides: withoutEmpty(content.overrides ?? {}),
  });
}

const withoutEmpty = (fields: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && !(typeof value === 'object' && Object.keys(value).length === 0)),
  );
