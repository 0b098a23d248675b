import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports of applications (from 20,000) and those that systems give to outgoing connections: what listens on "any port" takes none of these
// between this look and the start of whoever shall have it.
const [first, last] = [12_000, 19_999];
const maxTries = 100;

export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (free) {
    server.close();
    await once(server, 'close');
  }
  return free;
}

/** Ports that nobody listens on, no two alike. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; tries < maxTries && found.size < count; tries += 1) {
    const port = randomInt(first, last + 1);
    if (await isFree(port)) found.add(port);
  }
  assert.equal(found.size, count, `no ${count} free ports between ${first} and ${last}`);
  return [...found];
}
