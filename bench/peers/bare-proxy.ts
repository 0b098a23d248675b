/** What `node:http` alone can do: every request goes to one application, its bytes are passed both ways over kept connections. */
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

process.once('message', ({ upstream }: { upstream: number }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const sent = request({ host: '127.0.0.1', port: upstream, method, path: url, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    sent.on('error', () => outgoing.destroy());
    incoming.pipe(sent);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
});
