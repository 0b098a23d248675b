import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
const greeting = process.env.GREETING ?? 'Hello';
const port = Number(process.env.PORT ?? 8080);
const host = process.env.HOST ?? '0.0.0.0';

const server = createServer((request, response) => {
  if (request.url === '/healthz') {
    response.setHeader('content-type', 'text/plain').end('ok\n');
    return;
  }
  console.log(`${request.method} ${JSON.stringify(request.url)}`);
  response.setHeader('content-type', 'application/json');
  response.end(`${JSON.stringify({ greeting, version, pid: process.pid })}\n`);
});

server.listen(port, host, () => console.log(`node-hello ${version} listens on ${host}:${port}`));

process.once('SIGTERM', () => {
  console.log('finishing running requests');
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
