/**
 * Fakes and contract suites, for tests alone: production code must not import this room.
 * A fake and the real driver of the same port pass the same suite.
 */
export { type ContractSubject, dataPlaneContract } from './data-plane-contract.ts';
export { createFakeDataPlane, type FakeDataPlane, fakeDataPlanes, fakeHealthOf } from './fake-data-plane.ts';
