import { createServer } from 'node:http';

const port = Number(process.env.PORT ?? 9090);
const host = process.env.HOST ?? '0.0.0.0';

const server = createServer((request, response) => {
  const name = /^\/greetings\/([^/?]{1,100})$/.exec(request.url ?? '')?.[1];
  response.setHeader('content-type', 'application/json');
  if (request.method !== 'GET' || name === undefined) {
    response.writeHead(404).end(`${JSON.stringify({ error: 'only GET /greetings/NAME is here' })}\n`);
    return;
  }
  response.end(`${JSON.stringify({ message: `Hello, ${decode(name)}!` })}\n`);
});

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

server.listen(port, host, () => console.log(`service-greeter listens on ${host}:${port}`));
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
