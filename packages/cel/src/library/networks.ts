import { types } from '../types/type.ts';
import { CelError, noSuchOverload, type Result, type Value } from '../values/value.ts';
import { Cidr, cidrType, Ip, ipType } from './address.ts';
import { type FunctionDecl, method, overload } from './function.ts';
import { parseCidr, parseIp } from './parse-address.ts';

const { bool, int, string } = types;

const ofIp = (name: string, id: string, test: (ip: Ip) => boolean): FunctionDecl => ({
  name,
  overloads: [method(id, [[ipType], bool], (ip) => test(ip as Ip))],
});

function isLoopback({ is4, bytes }: Ip): boolean {
  return is4 ? bytes[0] === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

const isUnspecified = ({ bytes }: Ip): boolean => bytes.every((byte) => byte === 0);
const isMulticast = ({ is4, bytes: [first = 0] }: Ip): boolean => (is4 ? first >> 4 === 14 : first === 0xff);

function isLinkLocalUnicast({ is4, bytes: [first = 0, second = 0] }: Ip): boolean {
  return is4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80;
}

function isLinkLocalMulticast({ is4, bytes: [first = 0, second = 0, third] }: Ip): boolean {
  return is4 ? first === 224 && second === 0 && third === 0 : first === 0xff && (second & 0x0f) === 2;
}

function isGlobalUnicast(ip: Ip): boolean {
  const isBroadcast = ip.is4 && ip.bytes.every((byte) => byte === 255);
  return !isBroadcast && !isUnspecified(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocalUnicast(ip);
}

/** A text that is no address is told as a call that there is not, as in Kubernetes. */
const containsIp = (cidr: Value, ip: Ip | CelError): Result => (ip instanceof CelError ? noSuchOverload : (cidr as Cidr).contains(ip));

function containsCidr(cidr: Value, other: Cidr | CelError): Result {
  if (other instanceof CelError) return other;
  const outer = cidr as Cidr;
  return outer.overlaps(other) && outer.bits <= other.bits;
}

function isCanonical(text: string): Result {
  const ip = parseIp(text);
  return ip instanceof CelError ? ip : ip.toString() === text;
}

/** Addresses and networks. */
export const networks: readonly FunctionDecl[] = [
  {
    name: 'ip',
    overloads: [
      overload('string_to_ip', [[string], ipType], (text) => parseIp(text as string)),
      method('cidr_ip', [[cidrType], ipType], (cidr) => (cidr as Cidr).ip),
    ],
  },
  { name: 'family', overloads: [method('ip_family', [[ipType], int], (ip) => ((ip as Ip).is4 ? 4 : 6))] },
  { name: 'ip.isCanonical', overloads: [overload('ip_is_canonical', [[string], bool], (text) => isCanonical(text as string))] },
  ofIp('isUnspecified', 'ip_is_unspecified', isUnspecified),
  ofIp('isLoopback', 'ip_is_loopback', isLoopback),
  ofIp('isLinkLocalMulticast', 'ip_is_link_local_multicast', isLinkLocalMulticast),
  ofIp('isLinkLocalUnicast', 'ip_is_link_local_unicast', isLinkLocalUnicast),
  ofIp('isGlobalUnicast', 'ip_is_global_unicast', isGlobalUnicast),
  { name: 'isIP', overloads: [overload('is_ip', [[string], bool], (text) => parseIp(text as string) instanceof Ip)] },
  {
    name: 'string',
    overloads: [
      overload('ip_to_string', [[ipType], string], (ip) => String(ip)),
      overload('cidr_to_string', [[cidrType], string], (cidr) => String(cidr)),
    ],
  },
  { name: 'cidr', overloads: [overload('string_to_cidr', [[string], cidrType], (text) => parseCidr(text as string))] },
  {
    name: 'containsIP',
    overloads: [
      method('cidr_contains_ip_string', [[cidrType, string], bool], (cidr = null, text) => containsIp(cidr, parseIp(text as string))),
      method('cidr_contains_ip_ip', [[cidrType, ipType], bool], (cidr = null, ip) => containsIp(cidr, ip as Ip)),
    ],
  },
  {
    name: 'containsCIDR',
    overloads: [
      method('cidr_contains_cidr_string', [[cidrType, string], bool], (cidr = null, text) => containsCidr(cidr, parseCidr(text as string))),
      method('cidr_contains_cidr', [[cidrType, cidrType], bool], (cidr = null, other) => containsCidr(cidr, other as Cidr)),
    ],
  },
  { name: 'prefixLength', overloads: [method('cidr_prefix_length', [[cidrType], int], (cidr) => (cidr as Cidr).bits)] },
  { name: 'masked', overloads: [method('cidr_masked', [[cidrType], cidrType], (cidr) => (cidr as Cidr).masked())] },
  { name: 'isCIDR', overloads: [overload('is_cidr', [[string], bool], (text) => parseCidr(text as string) instanceof Cidr)] },
];
