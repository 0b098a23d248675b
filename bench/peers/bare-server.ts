/** What `node:http` alone can do: the same answer to every request, its bytes ready. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BareAnswer {
  status: number;
  headers: readonly string[];
  body: string;
}

process.once('message', ({ status, headers, body }: BareAnswer) => {
  const bytes = Buffer.from(body);
  const server = createServer((_request, response) => {
    response.writeHead(status, [...headers]);
    response.end(bytes);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
});
