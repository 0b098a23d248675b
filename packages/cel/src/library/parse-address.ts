import { quote } from '../values/text.ts';
import { CelError } from '../values/value.ts';
import { Cidr, Ip } from './address.ts';

/** An address that is not one; `rest` is where its parts stopped being any. */
class AddressProblem extends Error {
  constructor(text: string, problem: string, rest = '') {
    super(`ParseAddr(${quote(text)}): ${problem}${rest === '' ? '' : ` (at ${quote(rest)})`}`);
  }
}

/** Reads an address as Kubernetes takes it: without a zone, and no IPv4 in the clothes of IPv6. */
export function parseIp(text: string): Ip | CelError {
  const parsed = parseAddress(text);
  if (parsed instanceof AddressProblem)
    return new CelError(`IP Address ${quote(text)} parse error during conversion from string: ${parsed.message}`);
  if (parsed.zone !== '') return new CelError(`IP address ${quote(text)} with zone value is not allowed`);
  return isMapped(parsed.ip) ? new CelError(`IPv4-mapped IPv6 address ${quote(text)} is not allowed`) : parsed.ip;
}

/** Reads `10.0.0.0/8`. The errors have their beginning twice, as in Kubernetes. */
export function parseCidr(text: string): Cidr | CelError {
  const outer = 'network address parse error during conversion from string: ';
  const parsed = parsePrefix(text);
  if (typeof parsed === 'string') return new CelError(`${outer}${outer}netip.ParsePrefix(${quote(text)}): ${parsed}`);
  return isMapped(parsed.ip) ? new CelError(`${outer}IPv4-mapped IPv6 address ${quote(text)} is not allowed`) : parsed;
}

const isMapped = ({ bytes, is4 }: Ip): boolean =>
  !is4 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;

function parsePrefix(text: string): Cidr | string {
  const slash = text.lastIndexOf('/');
  if (slash === -1) return "no '/'";
  const parsed = parseAddress(text.slice(0, slash));
  if (parsed instanceof AddressProblem) return parsed.message;
  if (parsed.zone !== '') return 'IPv6 zones cannot be present in a prefix';
  const digits = text.slice(slash + 1);
  if (!/^(?:\d|[1-9]\d{1,18})$/.test(digits)) return `bad bits after slash: ${quote(digits)}`;
  const bits = Number(digits);
  return bits > parsed.ip.bytes.length * 8 ? 'prefix length out of range' : new Cidr(parsed.ip, bits);
}

/** Whether a host in brackets is an address of IPv6, and in what words it is none. */
export function checkIpv6Host(text: string): string | undefined {
  const parsed = parseAddress(text);
  if (parsed instanceof AddressProblem) return `invalid host: ${parsed.message}`;
  return parsed.ip.is4 ? 'invalid IP-literal' : undefined;
}

function parseAddress(text: string): { ip: Ip; zone: string } | AddressProblem {
  try {
    const first = /[.:%]/.exec(text)?.[0];
    if (first === '.') return { ip: new Ip(parseIpv4(text, text)), zone: '' };
    if (first === ':') return parseIpv6(text);
    if (first === '%') throw new AddressProblem(text, 'missing IPv6 address');
    throw new AddressProblem(text, 'unable to parse IP');
  } catch (error) {
    if (error instanceof AddressProblem) return error;
    throw error;
  }
}

/** The four bytes of a part of the text. */
function parseIpv4(text: string, part: string): number[] {
  const fields: number[] = [];
  let digits = '';
  for (const [index, character] of [...part].entries()) {
    if (/\d/.test(character)) {
      digits = withDigit(text, digits, character);
    } else if (character === '.') {
      if (digits === '' || index === part.length - 1)
        throw new AddressProblem(text, 'IPv4 field must have at least one digit', part.slice(index));
      if (fields.length === 3) throw new AddressProblem(text, 'IPv4 address too long');
      fields.push(Number(digits));
      digits = '';
    } else throw new AddressProblem(text, 'unexpected character', part.slice(index));
  }
  if (fields.length < 3) throw new AddressProblem(text, 'IPv4 address too short');
  return [...fields, Number(digits)];
}

function withDigit(text: string, digits: string, digit: string): string {
  if (digits === '0') throw new AddressProblem(text, 'IPv4 field has octet with leading zero');
  if (Number(digits + digit) > 255) throw new AddressProblem(text, 'IPv4 field has value >255');
  return digits + digit;
}

function parseIpv6(text: string): { ip: Ip; zone: string } {
  const percent = text.indexOf('%');
  const zone = percent === -1 ? '' : text.slice(percent + 1);
  if (percent !== -1 && zone === '') throw new AddressProblem(text, 'zone must be a non-empty string');
  const address = percent === -1 ? text : text.slice(0, percent);
  if (address === '::') return { ip: new Ip(new Array<number>(16).fill(0)), zone };
  const reader = new Ipv6Reader(text, address);
  return { ip: new Ip(reader.read()), zone };
}

/** Goes from group to group; `rest` is what is not read yet. */
class Ipv6Reader {
  readonly #text: string;
  readonly #bytes: number[] = [];
  #rest: string;
  /** After how many bytes the zeros stand that `::` leaves out. */
  #gap = -1;

  constructor(text: string, address: string) {
    this.#text = text;
    this.#rest = address;
    if (address.startsWith('::')) {
      this.#gap = 0;
      this.#rest = address.slice(2);
    }
  }

  read(): number[] {
    while (this.#bytes.length < 16) {
      if (!this.#readGroup()) break;
    }
    if (this.#rest !== '') throw this.#problem('trailing garbage after address');
    if (this.#bytes.length === 16) {
      if (this.#gap >= 0) throw new AddressProblem(this.#text, 'the :: must expand to at least one field of zeros');
      return this.#bytes;
    }
    if (this.#gap < 0) throw new AddressProblem(this.#text, 'address string too short');
    const zeros = new Array<number>(16 - this.#bytes.length).fill(0);
    return [...this.#bytes.slice(0, this.#gap), ...zeros, ...this.#bytes.slice(this.#gap)];
  }

  /** False when nothing comes behind it. */
  #readGroup(): boolean {
    const [digits = ''] = /^[0-9a-fA-F]*/.exec(this.#rest) ?? [];
    if (digits.length > 4) throw this.#problem('each group must have 4 or less digits');
    if (digits === '') throw this.#problem('each colon-separated field must have at least one digit');
    if (this.#rest[digits.length] === '.') return this.#readIpv4();
    const value = Number.parseInt(digits, 16);
    this.#bytes.push(value >> 8, value & 0xff);
    this.#rest = this.#rest.slice(digits.length);
    return this.#rest !== '' && this.#readColon();
  }

  #readIpv4(): boolean {
    if (this.#gap < 0 && this.#bytes.length !== 12)
      throw this.#problem('embedded IPv4 address must replace the final 2 fields of the address');
    if (this.#bytes.length + 4 > 16) throw this.#problem('too many hex fields to fit an embedded IPv4 at the end of the address');
    this.#bytes.push(...parseIpv4(this.#text, this.#rest));
    this.#rest = '';
    return false;
  }

  #readColon(): boolean {
    if (!this.#rest.startsWith(':')) throw this.#problem('unexpected character, want colon');
    if (this.#rest === ':') throw this.#problem('colon must be followed by more characters');
    this.#rest = this.#rest.slice(1);
    if (!this.#rest.startsWith(':')) return true;
    if (this.#gap >= 0) throw this.#problem('multiple :: in address');
    this.#gap = this.#bytes.length;
    this.#rest = this.#rest.slice(1);
    return this.#rest !== '';
  }

  #problem(problem: string): AddressProblem {
    return new AddressProblem(this.#text, problem, this.#rest);
  }
}
