import { canonicalDigest } from '../canonical-digest.ts';
import { InvalidConfiguration, type RenderInput } from '../render/render-input.ts';
import { renderObjects as render } from '../render/render-objects.ts';
import { type BindingWork, type Step, stopWaiting } from './binding-work.ts';
import { variablesOf } from './resolve-connections.ts';

const renderInputOf = (work: BindingWork): RenderInput => ({
  type: work.row.type,
  scope: work.scope,
  binding: work.binding.metadata.name,
  spec: work.spec,
  classSpec: work.classSpec,
  apiClasses: work.apiClasses,
  variables: variablesOf(work),
});

/** What cannot be rendered is said; the release that runs is left as it is. */
export const renderObjects: Step = async (work) => {
  try {
    const resources = render(renderInputOf(work));
    return { next: { ...work, resources, renderedDigest: `sha256:${canonicalDigest(resources)}` } };
  } catch (error) {
    if (error instanceof InvalidConfiguration) return stopWaiting('InvalidConfiguration', error.message, work.dependencies);
    throw error;
  }
};
