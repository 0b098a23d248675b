import { measureRead } from './harness/measure-read.ts';
import { groupsPath } from './harness/sample-object.ts';

export const name = 'list-100';
export const reach = '≥ 70 % of bare node:http giving the same bytes';

/** A forwarded list of 100 resources through /k8s/control. */
export const run = () => measureRead({ objects: 100, path: groupsPath, connections: 16 });
