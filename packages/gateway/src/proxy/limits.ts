/** Bounds of the data path. Each is here with the harm of a smaller and of a larger one. */
export interface Limits {
  /** Request line and headers together. Node answers 431 above it; cookies of single sign-on reach 8 KiB. */
  headerBytes: number;
  /** The request target alone: larger ones are data that belongs in a body. */
  targetBytes: number;
  /** From the connection's first byte to the end of the headers; longer is somebody who holds connections on purpose. */
  headersMs: number;
  /** Shorter than this breaks clients that pause between requests; longer keeps file handles of those who left. */
  clientIdleMs: number;
  connectMs: number;
  /** From the request's last byte to the answer's first. */
  firstByteMs: number;
  /** Nothing in either direction of a running exchange: event streams send a comment at least that often. */
  idleStreamMs: number;
  maxConnections: number;
  /** How long a request waits for a ready endpoint: longer than the start of usual applications, shorter than people's and browsers' patience. */
  holdMs: number;
  maxHeld: number;
  /** A body up to this is kept until the answer begins, so that it can be sent again. */
  replayBytes: number;
  /** All kept bodies together. */
  replayTotalBytes: number;
  /** Node applications close an idle connection after 5 s: one that is older may already be half closed. */
  upstreamIdleMs: number;
  /** For requests that must not be sent twice: far below the shortest idle time of common servers (2 s). */
  upstreamRecentMs: number;
  upstreamHeaderBytes: number;
}

export const defaultLimits: Limits = {
  headerBytes: 16 * 1024,
  targetBytes: 8 * 1024,
  headersMs: 10_000,
  clientIdleMs: 65_000,
  connectMs: 5_000,
  firstByteMs: 60_000,
  idleStreamMs: 600_000,
  maxConnections: 8_000,
  holdMs: 10_000,
  maxHeld: 1_000,
  replayBytes: 64 * 1024,
  replayTotalBytes: 32 * 1024 * 1024,
  upstreamIdleMs: 4_000,
  upstreamRecentMs: 1_000,
  upstreamHeaderBytes: 64 * 1024,
};
