import type { OpenDatabase } from './contract/contract-store.ts';
import type { Database } from './database.ts';
import { openSqliteDatabase } from './sqlite/open-sqlite-database.ts';
import { storeContract } from './store-contract.ts';

const openSqlite: OpenDatabase = async ({ clock, changeRows }) => {
  const database = openSqliteDatabase({ path: ':memory:', clock, ...(changeRows === undefined ? {} : { history: { changeRows } }) });
  return { database, compact: () => database.compact() };
};

/** Answers late, at random, before and after the call, and tells of commits late, as a database behind a network does. */
const delayed = (database: Database): Database => {
  const wait = async (): Promise<void> => {
    for (let turns = Math.floor(Math.random() * 4); turns > 0; turns -= 1) await new Promise(setImmediate);
  };
  const late =
    <Arguments extends unknown[], Answer>(call: (...given: Arguments) => Promise<Answer>) =>
    async (...given: Arguments): Promise<Answer> => {
      await wait();
      const answer = await call(...given);
      await wait();
      return answer;
    };
  return {
    get: late(database.get),
    list: late(database.list),
    owned: late(database.owned),
    changes: late(database.changes),
    commit: late(database.commit),
    currentVersion: late(database.currentVersion),
    reindex: late(database.reindex),
    listAudit: late(database.listAudit),
    listEvents: late(database.listEvents),
    onCommit: (listener) => {
      let telling = Promise.resolve();
      return database.onCommit((changes) => {
        telling = telling.then(wait).then(() => listener(changes));
      });
    },
    close: () => database.close(),
  };
};

storeContract('SQLite', openSqlite);
storeContract('a database that answers late', async (options) => {
  const { database, compact } = await openSqlite(options);
  return { database: delayed(database), compact };
});
