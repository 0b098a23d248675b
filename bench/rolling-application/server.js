/** The application under rolling updates: answers, reads bodies, keeps streams open, and ignores SIGTERM for five seconds. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const version = process.env.VERSION ?? 'none';
const ignoreMs = 5_000;
const beatMs = 100;
const webSocketKey = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const bytes = Buffer.from(`${JSON.stringify({ version })}\n`);
const streams = new Set();

const server = createServer((request, response) => {
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const beat = setInterval(() => response.write(`data: ${version}\n\n`), beatMs);
    const end = () => response.end('event: end\ndata: bye\n\n');
    streams.add(end);
    response.once('close', () => {
      clearInterval(beat);
      streams.delete(end);
    });
    return;
  }
  if (request.method === 'POST') {
    let size = 0;
    request.on('data', (chunk) => {
      size += chunk.length;
    });
    request.on('end', () => response.end(String(size)));
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
});

// Sends each text frame back; the client's are masked with zeros, so that only the mask bit and its four bytes go.
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${webSocketKey}`).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  const end = () => socket.end(Buffer.from([0x88, 0]));
  streams.add(end);
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 6 && rest.length >= 6 + (rest[1] & 127)) {
      const length = rest[1] & 127;
      socket.write(Buffer.concat([Buffer.from([0x81, length]), rest.subarray(6, 6 + length)]));
      rest = rest.subarray(6 + length);
    }
  });
  socket.on('error', () => {});
  socket.once('close', () => streams.delete(end));
});

server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? '0.0.0.0');

process.on('SIGTERM', () =>
  setTimeout(() => {
    for (const end of streams) end();
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  }, ignoreMs),
);
