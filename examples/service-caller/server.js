import { createServer } from 'node:http';

const port = Number(process.env.PORT ?? 9090);
const host = process.env.HOST ?? '0.0.0.0';
// The connection in workload.yaml says where the other service is, on every cluster.
const greeter = process.env.GREETER_URL ?? 'http://127.0.0.1:9090';
const limitMs = 10_000;

const server = createServer(async (request, response) => {
  const name = /^\/welcome\/([^/?]{1,100})$/.exec(request.url ?? '')?.[1];
  response.setHeader('content-type', 'application/json');
  if (request.method !== 'GET' || name === undefined) {
    response.writeHead(404).end(`${JSON.stringify({ error: 'only GET /welcome/NAME is here' })}\n`);
    return;
  }
  try {
    const answer = await fetch(`${greeter}/greetings/${name}`, { signal: AbortSignal.timeout(limitMs) });
    const { message } = await answer.json();
    response.end(`${JSON.stringify({ welcome: message, from: greeter })}\n`);
  } catch (error) {
    console.error(`${greeter} did not answer: ${error.cause ?? error}`);
    response.writeHead(502).end(`${JSON.stringify({ error: `the greeter did not answer: ${error.cause ?? error}` })}\n`);
  }
});

server.listen(port, host, () => console.log(`service-caller listens on ${host}:${port}`));
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
