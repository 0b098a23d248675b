/** Runs in the process that crash.test.ts kills: 32 writers that print each name after its commit was acknowledged. Argument: the database file. */
import { systemClock } from '../model/index.ts';
import { cause, Widget, widget } from './contract/contract-store.ts';
import { createKindRegistry } from './kind-registry.ts';
import { openResources } from './open-resources.ts';
import { openSqliteDatabase } from './sqlite/open-sqlite-database.ts';

const [, , path = '', round = ''] = process.argv;
const kinds = createKindRegistry();
kinds.register(Widget);
const resources = await openResources({ database: openSqliteDatabase({ path, clock: systemClock }), kinds, clock: systemClock });

const writeForever = async (writer: number): Promise<never> => {
  for (let index = 0; ; index += 1) {
    const name = `r${round}-w${writer}-${index}`;
    await resources.commit(cause(), [{ op: 'create', object: widget(name, {}, { labels: { round } }) }]);
    process.stdout.write(`${name}\n`);
  }
};
await Promise.all(Array.from({ length: 32 }, (_, writer) => writeForever(writer)));
