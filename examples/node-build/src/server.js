import { createServer } from 'node:http';
import ms from 'ms';

const port = Number(process.env.PORT ?? 8080);
const host = process.env.HOST ?? '0.0.0.0';
const startedAt = Date.now();

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(`${JSON.stringify({ version: '__VERSION__', upFor: ms(Date.now() - startedAt) })}\n`);
});

server.listen(port, host, () => console.log(`node-build __VERSION__ listens on ${host}:${port}`));
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
