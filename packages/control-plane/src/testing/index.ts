/**
 * Fakes, contract suites and a harness that runs catalog and delivery in memory; for tests alone, production code must not import this room.
 * A fake and the real driver of the same port pass the same suite. Start with control-plane-harness.ts.
 */
export { administrator, fakeSealer, type Harness, startHarness } from './control-plane-harness.ts';
export { type ContractSubject, dataPlaneContract } from './data-plane-contract.ts';
export { createFakeBuildPlane, type FakeBuildPlane } from './fake-build-plane.ts';
export { createFakeDataPlane, type FakeDataPlane, fakeDataPlanes, fakeHealthOf } from './fake-data-plane.ts';
