import { connect, type Socket } from 'node:net';
import { HttpTurns } from './http-turns.ts';
import type { Target } from './read-targets.ts';

/** Chooses who answers a connection. */
export interface Route {
  /** The next target in turn that is none of `tried`. */
  next(tried: ReadonlySet<string>): Target | undefined;
  /** Whether something new may be sent there. */
  accepts(target: Target): boolean;
}

export interface RelayOptions {
  client: Socket;
  route: Route;
  /** The relay uses this target from now on, or none. */
  onTarget: (now: Target | undefined, before: Target | undefined) => void;
  /** Both sides are closed. Once. */
  onEnd: () => void;
}

const connectMs = 3_000;
// One side has ended, the other has not, and nothing moves: a server may take its time for a last answer, and nobody waits for ever.
const halfOpenIdleMs = 10 * 60_000;
const keepAliveMs = 60_000;

/** An end that the other side sees as an abort. Where an end is being sent already a reset fails, and would leave the connection open for ever. */
const reset = (socket: Socket): void => {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
};

/**
 * One connection of a client, passed on to a target byte by byte: backpressure, half-open ends and aborts included. A connection that speaks HTTP/1
 * goes to another target between two requests when its own is on the way out; anything else stays where it is until it ends.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #client: Socket;
  readonly #turns = new HttpTurns();
  #upstream: Socket | undefined;
  #target: Target | undefined;
  #isConnecting = false;
  /** What came from the client and could not be sent yet: at most one piece, because nothing more is read until it is sent. */
  #held: Buffer | undefined;
  #hasAnswered = false;
  #clientEnded = false;
  #isOver = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#client
      .on('data', (chunk: Buffer) => this.#fromClient(chunk))
      .on('drain', () => this.#upstream?.resume())
      .on('end', () => this.#onClientEnd())
      .on('error', () => this.abort())
      .on('timeout', () => this.abort())
      .on('close', () => this.#onClientClose());
  }

  start(): void {
    this.#connect();
  }

  /** A request is on its way to the target, or its answer is on the way back. */
  get isUnderWay(): boolean {
    return this.#turns.isUnderWay || (this.#isConnecting && this.#held !== undefined);
  }

  /** The target takes nothing new: a connection that has nothing under way there lets go of it, and looks for another one when it has. */
  leave(): void {
    if (!this.#hasAnswered || !this.#turns.maySwitch || this.#isConnecting || this.#clientEnded) return;
    this.#dropUpstream();
    // It may have been stopped by the one that is gone.
    this.#client.resume();
  }

  /** Ends both sides at once, and lets them know that it was no proper end. */
  abort(): void {
    this.#dropUpstream();
    if (!this.#client.destroyed) reset(this.#client);
    this.#finish();
  }

  #fromClient(chunk: Buffer): void {
    const mustSwitch = this.#turns.maySwitch && (this.#target === undefined || this.#hasBetterTarget(this.#target));
    if (mustSwitch) this.#dropUpstream();
    this.#turns.fromClient(chunk);
    if (mustSwitch) {
      this.#held = chunk;
      this.#client.pause();
      this.#connect();
    } else if (this.#upstream?.write(chunk) !== true) this.#client.pause();
  }

  #hasBetterTarget(target: Target): boolean {
    const { route } = this.#options;
    return !route.accepts(target) && route.next(new Set([target.key])) !== undefined;
  }

  #connect(tried: Set<string> = new Set()): void {
    const target = this.#options.route.next(tried);
    this.#use(target);
    if (target === undefined) {
      this.abort();
      return;
    }
    this.#isConnecting = true;
    const { host, port } = target;
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs });
    this.#upstream = socket;
    socket.setTimeout(connectMs, () => socket.destroy(new Error('no connection in time')));
    socket.once('error', () => {
      if (this.#upstream !== socket) return;
      // Nothing has been sent, so that another one may get it.
      this.#upstream = undefined;
      tried.add(target.key);
      this.#connect(tried);
    });
    socket.once('connect', () => {
      if (this.#upstream === socket) this.#attach(socket);
    });
  }

  #attach(socket: Socket): void {
    this.#isConnecting = false;
    socket.removeAllListeners('timeout').removeAllListeners('error').setTimeout(0);
    socket
      .on('data', (chunk: Buffer) => this.#fromServer(socket, chunk))
      .on('drain', () => this.#client.resume())
      .on('end', () => this.#onServerEnd())
      .on('error', () => this.abort())
      .on('timeout', () => this.abort());
    const held = this.#held;
    this.#held = undefined;
    const isFlowing = held === undefined || socket.write(held);
    if (this.#clientEnded) this.#endHalf(socket);
    else if (isFlowing) this.#client.resume();
  }

  #fromServer(socket: Socket, chunk: Buffer): void {
    this.#turns.fromServer(chunk);
    this.#hasAnswered = true;
    if (!this.#client.write(chunk)) socket.pause();
    if (this.#target !== undefined && !this.#options.route.accepts(this.#target)) this.leave();
  }

  #onClientEnd(): void {
    this.#clientEnded = true;
    if (this.#upstream === undefined) this.#client.end();
    else if (!this.#isConnecting) this.#endHalf(this.#upstream);
  }

  #onServerEnd(): void {
    this.#endHalf(this.#client);
  }

  /** Passes the end of one direction on; the other one goes on. */
  #endHalf(socket: Socket): void {
    socket.end();
    this.#client.setTimeout(halfOpenIdleMs);
    this.#upstream?.setTimeout(halfOpenIdleMs);
  }

  #onClientClose(): void {
    // After a proper end the last bytes of the client may still be on their way.
    if (this.#clientEnded && !this.#isConnecting) this.#upstream?.destroySoon();
    else this.#dropUpstream();
    this.#finish();
  }

  #dropUpstream(): void {
    const socket = this.#upstream;
    this.#upstream = undefined;
    this.#use(undefined);
    if (socket === undefined || socket.destroyed) return;
    socket.removeAllListeners().on('error', () => {});
    // An application sees an abort as what it is; between two requests it sees an end.
    if (this.#isConnecting || this.#turns.maySwitch) socket.destroy();
    else reset(socket);
    this.#isConnecting = false;
  }

  #use(target: Target | undefined): void {
    const before = this.#target;
    this.#target = target;
    if (before?.key !== target?.key) this.#options.onTarget(target, before);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#use(undefined);
    this.#options.onEnd();
  }
}
