import { struct, type Type } from '../types/type.ts';
import { Opaque } from '../values/collection.ts';
import { quote } from '../values/text.ts';
import { CelError, noSuchOverload, type Value } from '../values/value.ts';
import { checkIpv6Host } from './parse-address.ts';

export const urlType = struct('kubernetes.URL');

interface UrlParts {
  scheme: string;
  /** What follows the scheme where no slash does; the rest is then empty. */
  opaque: string;
  user: string;
  host: string;
  path: string;
  query: string;
  hasQuery: boolean;
  fragment: string;
}

/** A URL as Go reads it, which is not always how browsers do. */
export class Url extends Opaque {
  readonly #parts: UrlParts;

  constructor(parts: UrlParts) {
    super();
    this.#parts = parts;
  }

  get type(): Type {
    return urlType;
  }

  get scheme(): string {
    return this.#parts.scheme;
  }

  get host(): string {
    return this.#parts.host;
  }

  get hostname(): string {
    return this.#splitHost().hostname.replace(/^\[(.*)\]$/s, '$1');
  }

  get port(): string {
    return this.#splitHost().port;
  }

  get escapedPath(): string {
    const { path } = this.#parts;
    if (path === '*' || validPath.test(path)) return path;
    return escapeBytes(unescapeBytes(path), pathCharacter);
  }

  /** Values by name. What is not written right is left out. */
  get query(): Map<string, string[]> {
    const values = new Map<string, string[]>();
    for (const pair of this.#parts.query.split('&')) {
      const [name = '', ...rest] = pair.split('=');
      const isWrong = pair === '' || pair.includes(';') || badEscape(pair) !== undefined;
      if (isWrong) continue;
      const key = unescapeBytes(name.replaceAll('+', ' ')).toString();
      values.set(key, [...(values.get(key) ?? []), unescapeBytes(rest.join('=').replaceAll('+', ' ')).toString()]);
    }
    return values;
  }

  equals(other: Value): boolean | CelError {
    return other instanceof Url ? this.toString() === other.toString() : noSuchOverload;
  }

  override toString(): string {
    const { scheme, opaque, user, host, query, hasQuery, fragment } = this.#parts;
    const name = user === '' ? '' : `${escapeUser(user)}@`;
    const authority = user === '' && host === '' ? '' : `//${name}${escapeText(host, hostCharacter)}`;
    const start = scheme === '' ? '' : `${scheme}:`;
    const body = opaque === '' ? `${authority}${this.escapedPath}` : opaque;
    return `${start}${body}${hasQuery ? `?${query}` : ''}${fragment === '' ? '' : `#${fragment}`}`;
  }

  #splitHost(): { hostname: string; port: string } {
    const [, hostname, port] = /^(.*):(\d*)$/s.exec(this.host) ?? [];
    return { hostname: hostname ?? this.host, port: port ?? '' };
  }
}

const validPath = /^(?:[A-Za-z0-9!$&'()*+,\-./:;=@_~[\]]|%[0-9a-fA-F]{2})*$/;

const pathCharacter = /[A-Za-z0-9$&+,\-./:;=@_~]/;
const hostCharacter = /[A-Za-z0-9!"$&'()*+,\-.:;<=>[\]_~]/;
const userCharacter = /[A-Za-z0-9$&+,\-.;=_~]/;

const escapeText = (text: string, kept: RegExp): string => escapeBytes(Buffer.from(text), kept);

/** A name, or a name and a password. */
function escapeUser(user: string): string {
  const [name = '', ...password] = user.split(':');
  const parts = password.length === 0 ? [name] : [name, password.join(':')];
  return parts.map((part) => escapeBytes(unescapeBytes(part), userCharacter)).join(':');
}

function escapeBytes(bytes: Buffer, kept: RegExp): string {
  return bytes
    .toString('latin1')
    .replace(/./gs, (byte) => (kept.test(byte) ? byte : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`));
}

/** The bytes of a text whose escapes are known to be right. */
function unescapeBytes(text: string): Buffer {
  const latin = Buffer.from(text).toString('latin1');
  return Buffer.from(
    latin.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

function badEscape(text: string): string | undefined {
  const [found] = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text) ?? [];
  return found === undefined ? undefined : `invalid URL escape ${quote(found)}`;
}

/** Reads a URL with a scheme, or a path that begins with a slash. */
export function parseUrl(text: string): Url | CelError {
  const inRequest = readParts(text, { isRequest: true });
  if (typeof inRequest === 'string') return parseProblem(text, inRequest);
  const hash = text.indexOf('#');
  const whole = hash === -1 ? text : text.slice(0, hash);
  const parts = readParts(whole, { isRequest: false });
  if (typeof parts === 'string') return parseProblem(whole, parts);
  const fragment = hash === -1 ? '' : text.slice(hash + 1);
  const problem = badEscape(fragment);
  return problem === undefined ? new Url({ ...parts, fragment }) : parseProblem(text, problem);
}

const parseProblem = (text: string, problem: string): CelError =>
  new CelError(`URL parse error during conversion from string: ${describeProblem(text, problem)}`);

const describeProblem = (text: string, problem: string): string => `parse ${quote(text)}: ${problem}`;

/** What is wrong with a URL, undefined when nothing is. */
export function urlProblem(text: string): string | undefined {
  const parts = readParts(text, { isRequest: true });
  return typeof parts === 'string' ? describeProblem(text, parts) : undefined;
}

function startProblem(text: string, isRequest: boolean): string | undefined {
  if (/[\x00-\x1f\x7f]/.test(text)) return 'net/url: invalid control character in URL';
  if (text === '' && isRequest) return 'empty url';
  return text.startsWith(':') ? 'missing protocol scheme' : undefined;
}

function readParts(text: string, { isRequest }: { isRequest: boolean }): UrlParts | string {
  const problem = startProblem(text, isRequest);
  if (problem !== undefined) return problem;
  const [, scheme = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text) ?? [];
  const rest = scheme === '' ? text : text.slice(scheme.length + 1);
  const mark = rest.indexOf('?');
  const before = mark === -1 ? rest : rest.slice(0, mark);
  const query = { hasQuery: mark !== -1, query: mark === -1 ? '' : rest.slice(mark + 1) };
  const parts: UrlParts = { scheme: scheme.toLowerCase(), opaque: '', user: '', host: '', path: '', fragment: '', ...query };
  if (text === '*') return { ...parts, path: '*' };
  if (!before.startsWith('/')) {
    if (scheme !== '') return { ...parts, opaque: before };
    if (isRequest) return 'invalid URI for request';
    if (/^[^/]*:/.test(before)) return 'first path segment in URL cannot contain colon';
  }
  return readAuthority(parts, before, scheme !== '' || (!isRequest && !before.startsWith('///')));
}

function readAuthority(parts: UrlParts, rest: string, mayHaveHost: boolean): UrlParts | string {
  const [, authority] = mayHaveHost ? (/^\/\/([^/]*)/.exec(rest) ?? []) : [];
  const path = authority === undefined ? rest : rest.slice(authority.length + 2);
  const at = authority?.lastIndexOf('@') ?? -1;
  const host = readHost(parts.scheme, authority?.slice(at + 1) ?? '');
  if (typeof host !== 'string') return host.problem;
  const user = at === -1 ? '' : (authority?.slice(0, at) ?? '');
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) return 'net/url: invalid userinfo';
  return badEscape(user) ?? badEscape(path) ?? { ...parts, user, host, path };
}

function readHost(scheme: string, host: string): string | { problem: string } {
  const open = host.lastIndexOf('[');
  if (open > 0) return { problem: 'invalid IP-literal' };
  if (open === 0) return readIpLiteral(host);
  const isWeb = scheme === 'http' || scheme === 'https';
  const colon = isWeb ? host.indexOf(':') : host.lastIndexOf(':');
  const port = colon === -1 ? '' : host.slice(colon);
  if (!/^(?::\d*)?$/.test(port)) return { problem: `invalid port ${quote(port)} after host` };
  return unescapeHost(host);
}

function readIpLiteral(host: string): string | { problem: string } {
  const close = host.lastIndexOf(']');
  if (close === -1) return { problem: "missing ']' in host" };
  const port = host.slice(close + 1);
  if (!/^(?::\d*)?$/.test(port)) return { problem: `invalid port ${quote(port)} after host` };
  const inside = host.slice(1, close);
  const zone = inside.indexOf('%25');
  const address = unescapeHost(zone === -1 ? inside : inside.slice(0, zone));
  if (typeof address !== 'string') return address;
  const zoneText = zone === -1 ? '' : inside.slice(zone);
  const wrongZone = badEscape(zoneText);
  if (wrongZone !== undefined) return { problem: wrongZone };
  const name = address + unescapeBytes(zoneText).toString();
  const problem = checkIpv6Host(name);
  return problem === undefined ? `[${name}]${port}` : { problem };
}

/** A host's escapes may only stand for bytes outside of ASCII. */
function unescapeHost(host: string): string | { problem: string } {
  for (const [part] of host.matchAll(/%.{0,2}|[^%]/gs)) {
    if (part.startsWith('%')) {
      if (!/^%[89a-fA-F][0-9a-fA-F]$/.test(part) && part !== '%25') return { problem: `invalid URL escape ${quote(part)}` };
    } else if (/[\x00-\x7f]/.test(part) && !hostCharacter.test(part)) return { problem: `invalid character ${quote(part)} in host name` };
  }
  return unescapeBytes(host).toString();
}
