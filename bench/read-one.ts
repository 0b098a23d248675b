import { measureRead } from './harness/measure-read.ts';
import { groupsPath } from './harness/sample-object.ts';

export const name = 'read-one';
export const reach = '≥ 70 % of bare node:http giving the same bytes';

/** GET of one resource through /k8s/control. */
export const run = () => measureRead({ objects: 1, path: `${groupsPath}/sample-0`, connections: 16 });
