// Answers in every way that a load test asks; each answer names the release, so that one of somebody else is seen at once.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { version, ignoreTermMs = 0 } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));
const streams = new Set();
const sockets = new Set();

const server = createServer((request, response) => {
  response.setHeader('x-release', version);
  if (request.url === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${version}\n\n`);
    streams.add(response);
    response.once('close', () => streams.delete(response));
    return;
  }
  let bytes = 0;
  request.on('data', (chunk) => {
    bytes += chunk.length;
  });
  request.once('end', () => response.end(JSON.stringify({ version, bytes })));
});

// Text frames of at most 125 bytes, which is all that the client sends: each is answered with the same text.
server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nx-release: ${version}\r\n\r\n`);
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  socket.on('error', () => socket.destroy());
  let held = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 6 && held.length >= 6 + (held[1] & 0x7f)) {
      const length = held[1] & 0x7f;
      const mask = held.subarray(2, 6);
      const text = held.subarray(6, 6 + length).map((byte, index) => byte ^ mask[index % 4]);
      const opcode = held[0] & 0x0f;
      held = held.subarray(6 + length);
      if (opcode === 8) return socket.end(Buffer.from([0x88, 0]));
      socket.write(Buffer.concat([Buffer.from([0x81, length]), text]));
    }
  });
});

const ticking = setInterval(() => {
  for (const stream of streams) stream.write(`data: ${version}\n\n`);
}, 100);

server.listen(Number(process.env.PORT), process.env.HOST, () => console.log(`steady ${version} listens`));
process.once('SIGTERM', () => {
  console.log(`steady ${version} was told to stop`);
  setTimeout(() => {
    clearInterval(ticking);
    for (const stream of streams) stream.end();
    for (const socket of sockets) socket.end(Buffer.from([0x88, 0]));
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  }, ignoreTermMs);
});
