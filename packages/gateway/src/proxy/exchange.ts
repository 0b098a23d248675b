import { ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Candidate } from '../routes/route-table.ts';
import { answerProblem, type GatewayProblem } from './answer-problem.ts';
import type { Choice } from './choose-endpoint.ts';
import { decideRoute } from './decide-route.ts';
import type { ExchangeDeps, Incoming, Running } from './exchange-deps.ts';
import { requestHeaders } from './forwarded-headers.ts';
import { handOver } from './hand-over.ts';
import type { Held } from './hold-queue.ts';
import type { Limits } from './limits.ts';
import { problems } from './problems.ts';
import { readTarget, type Target } from './read-target.ts';
import { relayAnswer } from './relay-answer.ts';
import { RequestBody } from './request-body.ts';
import { redirectLocation, rewritePath } from './rewrite-path.ts';

interface Attempt {
  choice: Choice;
  socket: Socket;
  isReused: boolean;
  /** Bytes that had come before: an answer has begun when there are more. */
  bytesBefore: number;
}

// More than this many instances that reset or refuse are not bad luck.
const maxAttempts = 4;
// How long a refusing endpoint is left alone: an application that restarts is back in some 100 ms.
const avoidMs = 100;

const droppedBytes = 1024 * 1024;

const safeToRepeat = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

/** One request on its way: routed, perhaps held, sent, perhaps sent again, answered. */
export class Exchange implements Held, Running {
  readonly deps: ExchangeDeps;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly #incoming: Incoming;
  readonly #startedAt: number;
  /** When something last moved (epoch ms); read by the sweep. */
  activeAt: number;
  wakeAt = 0;
  #target: Target | undefined;
  #candidate: Candidate | undefined;
  #choice: Choice | undefined;
  #body: RequestBody | undefined;
  #outgoing: ClientRequest | undefined;
  #isAnswering = false;
  #isOver = false;
  /** The gateway itself answered. */
  #isOwn = false;
  #heldSince = 0;
  #wasRefused = false;
  #attempts = 0;
  #tried: Set<string> | undefined;
  requestId: string | undefined;

  constructor(deps: ExchangeDeps, incoming: Incoming) {
    this.deps = deps;
    this.request = incoming.request;
    this.response = incoming.response;
    this.#incoming = incoming;
    this.#startedAt = deps.elapsed();
    this.activeAt = deps.now();
    deps.figures.begin();
    this.response.on('close', () => this.#clientGone());
  }

  start(): void {
    const { url = '', headers } = this.request;
    const target = url.length > this.deps.limits.targetBytes ? undefined : readTarget(url, headers.host ?? '');
    if (target === undefined) {
      this.fail(url.length > this.deps.limits.targetBytes ? problems.longTarget(this.deps.limits.targetBytes) : problems.badTarget());
      return;
    }
    this.#target = target;
    if ((headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined)
      this.#body = new RequestBody(this.request, this.deps.budget, () => this.touch());
    this.#route(target);
  }

  touch(): void {
    this.activeAt = this.deps.now();
  }

  /** Looks again after a change of the table, or because the wait is over. */
  wake(): void {
    if (!this.#isOver && this.#target !== undefined) this.#route(this.#target);
  }

  #route(target: Target): void {
    const decision = decideRoute(this.deps, { request: this.request, target, tried: this.#tried });
    if (decision.candidate !== undefined) this.#candidate = decision.candidate;
    switch (decision.is) {
      case 'refused':
        this.fail(decision.problem);
        break;
      case 'redirected':
        this.#redirect(decision.candidate, target);
        break;
      case 'chosen':
        this.#attempt(decision.choice);
        break;
      case 'waiting':
        this.#hold(() => decision.problem(this.deps.now() - this.#heldSince, this.#wasRefused));
        break;
    }
  }

  #redirect({ action: { redirect }, prefix }: Candidate, target: Target): void {
    if (redirect === undefined) return;
    const location = redirectLocation(redirect, target, { hostHeader: target.authority, prefix });
    this.#isOwn = true;
    this.response.writeHead(redirect.statusCode, [
      'Location',
      location,
      'Content-Length',
      '0',
      'X-Fairway-Gateway',
      this.deps.installation,
    ]);
    this.response.end();
  }

  #hold(problem: () => GatewayProblem): void {
    const now = this.deps.now();
    if (this.#heldSince === 0) this.#heldSince = now;
    const until = this.#heldSince + this.deps.limits.holdMs;
    if (now >= until) {
      this.fail(problem());
      return;
    }
    this.#tried = undefined;
    this.wakeAt = Math.min(until, this.#wasRefused ? now + avoidMs : until);
    if (!this.deps.holds.add(this)) this.fail(problems.tooManyHeld());
  }

  #attempt(choice: Choice): void {
    const { upstreams, limits } = this.deps;
    this.#choice = choice;
    upstreams.begin(choice.upstream);
    upstreams.connect(choice.upstream, this.#maxIdleMs(limits), (error, socket, isReused) => {
      if (this.#isOver) socket?.destroy();
      else if (socket !== undefined) this.#send(choice, socket, isReused);
      else this.#refused(choice, error);
    });
  }

  /**
   * A connection that was idle may have been closed by the other side this very moment. What may be sent twice just goes again on a new one; what
   * may not takes only connections that nobody closes yet.
   */
  #maxIdleMs(limits: Limits): number {
    if (this.#attempts > 0 || this.#incoming.onUpgrade !== undefined || this.#incoming.expectsContinue) return 0;
    return safeToRepeat.has(this.request.method ?? '') ? limits.upstreamIdleMs : limits.upstreamRecentMs;
  }

  /** No connection, so nothing was sent: any request may go elsewhere. */
  #refused(choice: Choice, error: Error | undefined): void {
    this.#avoid(choice);
    this.deps.log.debug('endpoint refused a connection', {
      endpoint: choice.upstream.endpoint.key,
      route: this.#candidate?.action.route,
      error: error?.message,
    });
    this.#release();
    this.#again();
  }

  #avoid({ upstream }: Choice): void {
    upstream.avoidUntil = this.deps.now() + avoidMs;
    this.#wasRefused = true;
    this.#tried ??= new Set();
    this.#tried.add(upstream.endpoint.key);
  }

  #again(): void {
    this.deps.figures.retried();
    if (this.#target !== undefined) this.#route(this.#target);
  }

  #send(choice: Choice, socket: Socket, isReused: boolean): void {
    const { request, deps } = this;
    const target = this.#target;
    const candidate = this.#candidate;
    if (target === undefined || candidate === undefined) return;
    this.#attempts += 1;
    choice.upstream.avoidUntil = 0;
    const { action } = candidate;
    const { headers, requestId } = requestHeaders(request, {
      host: action.hostname ?? target.authority,
      clientHost: target.authority,
      hasBody: this.#body !== undefined,
      isChunked: request.headers['transfer-encoding'] !== undefined,
      isUpgrade: this.#incoming.onUpgrade !== undefined,
      expectsContinue: this.#incoming.expectsContinue,
      trustForwarded: deps.trustForwarded,
      identify: deps.identify,
      changes: [action.requestHeaders, choice.backend.requestHeaders],
    });
    this.requestId = requestId;
    const bytesBefore = socket.bytesRead;
    const options = {
      agent: handOver,
      socket,
      method: request.method,
      path: rewritePath(target.path, candidate.prefix, action.path) + target.search,
      headers,
      maxHeaderSize: deps.limits.upstreamHeaderBytes,
    };
    let outgoing: ClientRequest;
    try {
      outgoing = new ClientRequest(options);
    } catch {
      // The path or a header holds what Node refuses to send.
      socket.destroy();
      this.#release();
      this.fail(problems.badTarget());
      return;
    }
    this.#outgoing = outgoing;
    this.touch();
    this.#listen(outgoing, { choice, socket, isReused, bytesBefore });
    this.#sendBody(outgoing);
  }

  #sendBody(outgoing: ClientRequest): void {
    if (this.#body === undefined) outgoing.end();
    else if (!this.#incoming.expectsContinue) this.#body.sendTo(outgoing);
    else {
      // The application decides whether it wants the body; the client waits for that.
      outgoing.once('continue', () => {
        this.touch();
        this.response.writeContinue();
        this.#body?.sendTo(outgoing);
      });
      outgoing.flushHeaders();
    }
  }

  #listen(outgoing: ClientRequest, attempt: Attempt): void {
    const { choice, socket } = attempt;
    outgoing.on('error', (error) => this.#lost(outgoing, attempt, error));
    outgoing.on('response', (answer) => {
      this.#isAnswering = true;
      this.#body?.forget();
      this.touch();
      relayAnswer(this, answer, {
        changes: [choice.backend.responseHeaders, this.#candidate?.action.responseHeaders],
        outgoing,
        socket,
        upstream: choice.upstream,
      });
    });
    const { onUpgrade } = this.#incoming;
    if (onUpgrade === undefined) return;
    outgoing.on('upgrade', (answer, upstreamSocket, head) => {
      this.#isAnswering = true;
      this.response.statusCode = 101;
      onUpgrade(answer, upstreamSocket as Socket, head);
    });
  }

  /** The connection ended with no answer, or in the middle of one. */
  #lost(outgoing: ClientRequest, attempt: Attempt, error: Error): void {
    if (this.#outgoing !== outgoing || this.#isOver) return;
    attempt.socket.destroy();
    this.#body?.detach();
    this.#release();
    if (this.#isAnswering) {
      this.response.destroy();
      return;
    }
    const isSilent = attempt.socket.bytesRead === attempt.bytesBefore;
    const isReplayable = this.#body === undefined || this.#body.canReplay;
    if (
      isSilent &&
      isReplayable &&
      this.#attempts < maxAttempts &&
      safeToRepeat.has(this.request.method ?? '') &&
      this.#incoming.onUpgrade === undefined
    ) {
      // A reused connection that closes says nothing about its endpoint; a new one does.
      if (!attempt.isReused) this.#avoid(attempt.choice);
      this.#again();
      return;
    }
    this.deps.log.warn('upstream was lost', {
      endpoint: attempt.choice.upstream.endpoint.key,
      route: this.#candidate?.action.route,
      requestId: this.requestId,
      error: error.message,
    });
    this.fail('code' in error && String(error.code).startsWith('HPE_') ? problems.garbled() : problems.lost());
  }

  /** The upstream's part is over: counted out, once an attempt. */
  #release(): void {
    const choice = this.#choice;
    this.#choice = undefined;
    this.#outgoing = undefined;
    if (choice !== undefined) this.deps.upstreams.end(choice.upstream);
  }

  /** The whole answer came and its connection may be used again (or not: `isClean` false). */
  answered(upstreamIsClean: boolean): void {
    const outgoing = this.#outgoing;
    const isBodyPending = this.#body !== undefined && !this.#body.isEnded;
    this.#body?.detach();
    this.#release();
    // An answer before the end of the request's body: the rest is not wanted, and the connection is in the middle of it.
    if (isBodyPending || !upstreamIsClean) outgoing?.destroy();
  }

  fail(problem: GatewayProblem): void {
    this.#isOwn = true;
    const closes = problem.closes === true || (this.#body !== undefined && !this.#body.isEnded && this.#restIsLarge());
    answerProblem(this.response, closes ? { ...problem, closes } : problem, {
      requestId: this.requestId,
      installation: this.deps.installation,
    });
  }

  /** A small rest is read and dropped, so that the client gets the answer; reading a large one would waste its time and ours. */
  #restIsLarge(): boolean {
    const length = this.request.headers['content-length'];
    return length === undefined || Number(length) > droppedBytes;
  }

  /** Ends an exchange in which nothing moves any more. */
  sweep(now: number): void {
    const { limits } = this.deps;
    const { timeoutMs = 0, backendTimeoutMs = 0 } = this.#candidate?.action ?? {};
    if (timeoutMs > 0 && this.deps.elapsed() - this.#startedAt > timeoutMs) {
      this.#giveUp(problems.slow(timeoutMs));
      return;
    }
    const quietMs = now - this.activeAt;
    const isSending = this.#body !== undefined && !this.#body.isEnded;
    if (this.#outgoing !== undefined && !this.#isAnswering && !isSending) {
      const limit = backendTimeoutMs > 0 ? backendTimeoutMs : limits.firstByteMs;
      if (quietMs > limit) this.#giveUp(problems.slow(limit));
    } else if (this.#outgoing !== undefined && quietMs > limits.idleStreamMs) this.#giveUp(problems.slowClient(limits.idleStreamMs));
  }

  #giveUp(problem: GatewayProblem): void {
    this.#outgoing?.destroy();
    this.#body?.detach();
    this.#release();
    this.fail(problem);
  }

  #clientGone(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.deps.holds.remove(this);
    this.#body?.detach();
    this.#body?.forget();
    // Still running: the client left first, and the application is told by the end of its connection.
    this.#outgoing?.destroy();
    this.#release();
    const seconds = (this.deps.elapsed() - this.#startedAt) / 1000;
    this.deps.figures.end({
      route: this.#candidate?.action.route ?? '',
      status: this.response.headersSent || this.response.statusCode === 101 ? this.response.statusCode : 499,
      isOwn: this.#isOwn,
      seconds,
    });
    this.deps.onEnd(this);
  }
}
