import { opaque, type Type } from '../types/type.ts';
import { Opaque } from '../values/collection.ts';
import { type CelError, noSuchOverload, type Value } from '../values/value.ts';

export const ipType = opaque('net.IP');
export const cidrType = opaque('net.CIDR');

/** An address of 4 or 16 bytes. */
export class Ip extends Opaque {
  readonly bytes: readonly number[];

  constructor(bytes: readonly number[]) {
    super();
    this.bytes = bytes;
  }

  get type(): Type {
    return ipType;
  }

  get is4(): boolean {
    return this.bytes.length === 4;
  }

  equals(other: Value): boolean | CelError {
    return other instanceof Ip ? this.toString() === other.toString() : noSuchOverload;
  }

  override toString(): string {
    return this.is4 ? this.bytes.join('.') : printIpv6(this.#groups());
  }

  /** The eight numbers of an IPv6 address. */
  #groups(): number[] {
    return Array.from({ length: 8 }, (_, index) => (this.bytes[2 * index] ?? 0) * 256 + (this.bytes[2 * index + 1] ?? 0));
  }
}

/** An address and how many of its first bits are the network's. */
export class Cidr extends Opaque {
  readonly ip: Ip;
  readonly bits: number;

  constructor(ip: Ip, bits: number) {
    super();
    this.ip = ip;
    this.bits = bits;
  }

  get type(): Type {
    return cidrType;
  }

  equals(other: Value): boolean | CelError {
    return other instanceof Cidr ? this.toString() === other.toString() : noSuchOverload;
  }

  contains(ip: Ip): boolean {
    return ip.bytes.length === this.ip.bytes.length && sharesBits(this.ip, ip, this.bits);
  }

  overlaps(other: Cidr): boolean {
    return other.ip.bytes.length === this.ip.bytes.length && sharesBits(this.ip, other.ip, Math.min(this.bits, other.bits));
  }

  masked(): Cidr {
    const bytes = this.ip.bytes.map((byte, index) => byte & maskOf(this.bits - 8 * index));
    return new Cidr(new Ip(bytes), this.bits);
  }

  override toString(): string {
    return `${this.ip}/${this.bits}`;
  }
}

/** The mask of a byte of which so many bits, at most 8, are the network's. */
const maskOf = (bits: number): number => (0xff00 >> Math.min(Math.max(bits, 0), 8)) & 0xff;

const sharesBits = (one: Ip, other: Ip, bits: number): boolean =>
  one.bytes.every((byte, index) => ((byte ^ (other.bytes[index] ?? 0)) & maskOf(bits - 8 * index)) === 0);

/** The longest run of zero groups, the first of those that are as long, is left out when it is of two or more. */
function printIpv6(groups: readonly number[]): string {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start += 1) {
    const end = groups.findIndex((group, index) => index >= start && group !== 0);
    const length = (end === -1 ? groups.length : end) - start;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.length < 2) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}
