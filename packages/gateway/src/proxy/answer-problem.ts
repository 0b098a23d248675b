import { type ServerResponse, STATUS_CODES } from 'node:http';

/** An answer of the gateway itself: what is wrong, why, and what next. */
export interface GatewayProblem {
  status: number;
  /** PascalCase fact, for programs. */
  reason: string;
  detail: string;
  retryAfterSeconds?: number;
  /** The client's connection cannot be used again (the rest of a body may follow). */
  closes?: boolean;
}

const bodyOf = (problem: GatewayProblem, requestId: string | undefined): string =>
  JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    reason: problem.reason,
    detail: problem.detail,
    ...(requestId === undefined ? {} : { requestId }),
  });

/** Answers with a problem, unless the answer has begun; then the client's connection is reset, which is the only honest end left. */
export function answerProblem(
  response: ServerResponse,
  problem: GatewayProblem,
  of: { requestId: string | undefined; installation: string },
): void {
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent || response.statusCode === 101) {
    response.destroy();
    return;
  }
  const body = Buffer.from(bodyOf(problem, of.requestId));
  const headers = [
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(body.byteLength),
    'Cache-Control',
    'no-store',
    'X-Fairway-Gateway',
    of.installation,
  ];
  if (problem.retryAfterSeconds !== undefined) headers.push('Retry-After', String(problem.retryAfterSeconds));
  if (problem.closes === true) headers.push('Connection', 'close');
  response.writeHead(problem.status, headers);
  response.end(body);
}

/** The same for a connection on which no request could be read. */
export function rawProblem(problem: GatewayProblem, installation: string): string {
  const body = bodyOf(problem, undefined);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Fairway-Gateway: ${installation}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
