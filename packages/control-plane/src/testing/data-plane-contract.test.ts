import { dataPlaneContract } from './data-plane-contract.ts';
import { createFakeDataPlane } from './fake-data-plane.ts';

dataPlaneContract('in memory', async () => ({ plane: createFakeDataPlane(), close: async () => undefined }));
