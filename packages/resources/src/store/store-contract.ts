import { describe, test } from 'node:test';
import { commitCases } from './contract/commit-contract.ts';
import { type ContractCases, type OpenDatabase, openContractStore } from './contract/contract-store.ts';
import { lifecycleCases } from './contract/lifecycle-contract.ts';
import { historyCases, readCases } from './contract/read-contract.ts';

const runCases = (cases: ContractCases, open: OpenDatabase, changeRows?: number): void => {
  for (const [title, run] of Object.entries(cases))
    test(title, async () => {
      const store = await openContractStore(open, changeRows);
      try {
        await run(store);
      } finally {
        await store.resources.close();
      }
    });
};

/** What every database under the store must hold. `open` gives a new, empty database for each case. */
export const storeContract = (name: string, open: OpenDatabase): void => {
  describe(`the store on ${name}`, () => {
    describe('commits', () => runCases(commitCases, open));
    describe('lives of objects', () => runCases(lifecycleCases, open));
    describe('reads', () => runCases(readCases, open));
    describe('bounded history', () => runCases(historyCases, open, 10));
  });
};
