/** Reads HTTP/1.1 answers with a content-length from a socket, and tells each one's status. Cheap, so that the one who asks is not the one who is measured. */
export const createAnswerReader = (onAnswer: (status: number, head: string) => void): ((chunk: Buffer) => void) => {
  let rest: Buffer | undefined;
  let missing = 0;
  let status = 0;
  let head = '';
  return (chunk) => {
    let bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    rest = undefined;
    while (bytes.length > 0) {
      if (missing === 0) {
        const end = bytes.indexOf('\r\n\r\n');
        if (end === -1) {
          rest = bytes;
          return;
        }
        head = bytes.toString('latin1', 0, end);
        status = Number(head.slice(9, 12));
        const at = head.search(/\r\ncontent-length: /i);
        missing = end + 4 + (at === -1 ? 0 : Number.parseInt(head.slice(at + 18), 10));
      }
      const taken = Math.min(missing, bytes.length);
      missing -= taken;
      bytes = bytes.subarray(taken);
      if (missing === 0) onAnswer(status, head);
    }
  };
};
