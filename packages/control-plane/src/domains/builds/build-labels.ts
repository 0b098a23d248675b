/** Labels of a build; the first three are OpenChoreo's. */
export const treeLabel = 'fairway.dev/tree';

export const buildLabels = (of: {
  organization: string;
  projectName: string;
  componentName: string;
  tree?: string;
}): Record<string, string> => ({
  'openchoreo.dev/organization': of.organization,
  'openchoreo.dev/project': of.projectName,
  // A label holds 63 characters and names may be longer: the owner fields are what selects, the label is for people.
  'openchoreo.dev/component': of.componentName.slice(0, 63).replace(/[^a-z0-9]+$/i, ''),
  ...(of.tree === undefined ? {} : { [treeLabel]: of.tree }),
});
