/** Reads HTTP/1.1 answers from a socket, and tells each one's status. Cheap, so that the one who asks is not the one who is measured. */
export const createAnswerReader = (onAnswer: (status: number, head: string) => void): ((chunk: Buffer) => void) => {
  let rest: Buffer | undefined;
  /** Bytes of this body, or of this chunk and its line end. */
  let missing = 0;
  let state: 'head' | 'body' | 'chunk-size' | 'chunk' | 'last-chunk' = 'head';
  let status = 0;
  let head = '';

  const beginBody = (): void => {
    status = Number(head.slice(9, 12));
    if (/\r\ntransfer-encoding: chunked/i.test(head)) {
      state = 'chunk-size';
      return;
    }
    const at = head.search(/\r\ncontent-length: /i);
    missing = at === -1 ? 0 : Number.parseInt(head.slice(at + 18), 10);
    state = 'body';
  };

  /** Reads one part of an answer; answers how many bytes it took, undefined where more must come first. */
  const readPart = (bytes: Buffer): number | undefined => {
    if (state === 'head') {
      const end = bytes.indexOf('\r\n\r\n');
      if (end === -1) return undefined;
      head = bytes.toString('latin1', 0, end);
      beginBody();
      return end + 4;
    }
    if (state === 'chunk-size') {
      const end = bytes.indexOf('\r\n');
      if (end === -1) return undefined;
      const size = Number.parseInt(bytes.toString('latin1', 0, end), 16);
      missing = size + 2;
      state = size === 0 ? 'last-chunk' : 'chunk';
      return end + 2;
    }
    const taken = Math.min(missing, bytes.length);
    missing -= taken;
    return taken;
  };

  const endPart = (): void => {
    if (missing > 0) return;
    if (state === 'chunk') state = 'chunk-size';
    if (state !== 'body' && state !== 'last-chunk') return;
    state = 'head';
    onAnswer(status, head);
  };

  return (chunk) => {
    let bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    rest = undefined;
    while (bytes.length > 0) {
      const taken = readPart(bytes);
      if (taken === undefined) {
        rest = bytes;
        return;
      }
      bytes = bytes.subarray(taken);
      endPart();
    }
  };
};
