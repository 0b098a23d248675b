import { constants, deflateRawSync, deflateSync, inflateRawSync } from 'node:zlib';

/** What SPDY/3 primes its compression with (draft-mbelshe-httpbis-spdy-00, section 2.6.10.1): words with their length before them, then text. */
const words =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin';
const text =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

const lengthPrefixed = (word: string): Buffer => {
  const bytes = Buffer.from(word, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

export const dictionary: Buffer = Buffer.concat([
  ...words.split(' ').map((word) => lengthPrefixed(word.replace('_', ' '))),
  Buffer.from(text, 'latin1'),
]);

const windowBytes = 32_768;
// A stream's headers say what it is for in a few words.
const maxHeaderBytes = 16_384;
const zlibHeadBytes = 6;
const flush = { finishFlush: constants.Z_SYNC_FLUSH };

/** One direction of a connection: every block of headers goes on with the compression of those before. */
export interface HeaderDecoder {
  /** Throws for what cannot be read. Names are in lower case. */
  decode(block: Buffer): Map<string, string>;
}

function readPairs(bytes: Buffer): Map<string, string> {
  let at = 4;
  const next = (): string => {
    const length = bytes.readUInt32BE(at);
    if (at + 4 + length > bytes.length) throw new Error('a header reaches beyond its block');
    const found = bytes.toString('utf8', at + 4, at + 4 + length);
    at += 4 + length;
    return found;
  };
  const pairs = new Map<string, string>();
  for (let left = bytes.readUInt32BE(0); left > 0; left--) pairs.set(next().toLowerCase(), next());
  return pairs;
}

export function createHeaderDecoder(): HeaderDecoder {
  // Blocks end at a byte, so what the next one may refer to is all that it needs of the blocks before it.
  let window = dictionary;
  let isFirst = true;
  return {
    decode(block) {
      const deflated = isFirst ? block.subarray(zlibHeadBytes) : block;
      isFirst = false;
      const bytes = inflateRawSync(deflated, { ...flush, dictionary: window, maxOutputLength: maxHeaderBytes });
      window = Buffer.concat([window, bytes]).subarray(-windowBytes);
      return readPairs(bytes);
    },
  };
}

/** Encodes blocks without a header, which is all that a server has to say; each is a new beginning inside the one compressed stream. */
export function createEmptyHeaders(): () => Buffer {
  const none = Buffer.alloc(4);
  let isFirst = true;
  return () => {
    const block = isFirst ? deflateSync(none, { ...flush, dictionary }) : deflateRawSync(none, flush);
    isFirst = false;
    return block;
  };
}
