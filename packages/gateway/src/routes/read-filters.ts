import type { HeaderChange, PathChange, Redirect } from './route-table.ts';

/** The filters of a rule in the form that the data path uses. */
export interface Filters {
  redirect: Redirect | undefined;
  hostname: string | undefined;
  path: PathChange | undefined;
  requestHeaders: HeaderChange | undefined;
  responseHeaders: HeaderChange | undefined;
  /** What cannot be done, in words; the rule is then refused as a whole. */
  problem: string | undefined;
}

type Filter = { type: string } & Record<string, unknown>;
interface HeaderEntry {
  name: string;
  value: string;
}
interface PathFilter {
  type?: string;
  replaceFullPath?: string;
  replacePrefixMatch?: string;
}

const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Changing these would break the framing of the message or the gateway's own account of where it came from. */
const fixedHeaders = new Set([
  'host',
  'connection',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'keep-alive',
  'te',
  'trailer',
  'expect',
]);

function readHeaders(value: unknown): HeaderChange | string {
  const { set = [], add = [], remove = [] } = (value ?? {}) as { set?: HeaderEntry[]; add?: HeaderEntry[]; remove?: string[] };
  for (const name of [...set.map((each) => each.name), ...add.map((each) => each.name), ...remove])
    if (!headerName.test(name) || fixedHeaders.has(name.toLowerCase()))
      return `the header ${JSON.stringify(name)} cannot be changed by a filter`;
  for (const { name, value: text } of [...set, ...add])
    if (!headerValue.test(text)) return `the value for the header ${name} holds characters that a header cannot`;
  const pair = (each: HeaderEntry) => [each.name.toLowerCase(), each.value] as const;
  return { set: set.map(pair), add: add.map(pair), remove: remove.map((name) => name.toLowerCase()) };
}

function readPath(value: PathFilter | undefined): PathChange | undefined | string {
  if (value === undefined) return undefined;
  const text = value.type === 'ReplaceFullPath' ? value.replaceFullPath : value.replacePrefixMatch;
  if (value.type !== 'ReplaceFullPath' && value.type !== 'ReplacePrefixMatch')
    return `a path filter of type ${JSON.stringify(value.type)} is not known`;
  if (text === undefined || !/^[\x21-\x7e]{0,1024}$/.test(text) || /[?#]/.test(text))
    return 'the replacement of the path must be a plain path';
  const path = text.startsWith('/') ? text : `/${text}`;
  return { type: value.type, value: value.type === 'ReplacePrefixMatch' ? path.replace(/\/+$/, '') : path };
}

const readHostname = (value: unknown): string | undefined | { problem: string } => {
  if (value === undefined) return undefined;
  return typeof value === 'string' && /^[a-z0-9.-]{1,253}$/.test(value) ? value : { problem: 'the hostname of the filter is not one' };
};

const redirectCodes = new Set([301, 302, 303, 307, 308]);

function readRedirect(value: unknown): Redirect | string {
  const raw = (value ?? {}) as { scheme?: string; hostname?: string; port?: number; path?: PathFilter; statusCode?: number };
  const path = readPath(raw.path);
  if (typeof path === 'string') return path;
  const hostname = readHostname(raw.hostname);
  if (typeof hostname === 'object') return hostname.problem;
  if (raw.scheme !== undefined && raw.scheme !== 'http' && raw.scheme !== 'https') return 'a redirect goes to http or https';
  const statusCode = raw.statusCode ?? 302;
  if (!redirectCodes.has(statusCode)) return `${statusCode} is not a status for a redirect`;
  return {
    statusCode,
    ...(raw.scheme === undefined ? {} : { scheme: raw.scheme }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(raw.port === undefined ? {} : { port: raw.port }),
    ...(path === undefined ? {} : { path }),
  };
}

function readOne(filter: Filter, into: Filters): string | undefined {
  switch (filter.type) {
    case 'RequestHeaderModifier':
    case 'ResponseHeaderModifier': {
      const isRequest = filter.type === 'RequestHeaderModifier';
      const change = readHeaders(isRequest ? filter.requestHeaderModifier : filter.responseHeaderModifier);
      if (typeof change === 'string') return change;
      into[isRequest ? 'requestHeaders' : 'responseHeaders'] = change;
      return undefined;
    }
    case 'URLRewrite': {
      const raw = (filter.urlRewrite ?? {}) as { hostname?: string; path?: PathFilter };
      const path = readPath(raw.path);
      if (typeof path === 'string') return path;
      const hostname = readHostname(raw.hostname);
      if (typeof hostname === 'object') return hostname.problem;
      into.path = path;
      into.hostname = hostname;
      return undefined;
    }
    case 'RequestRedirect': {
      const redirect = readRedirect(filter.requestRedirect);
      if (typeof redirect === 'string') return redirect;
      into.redirect = redirect;
      return undefined;
    }
    default:
      return `this gateway has no filter of type ${JSON.stringify(filter.type)}`;
  }
}

/** Reads the filters of a rule or of a backend. One that cannot be kept refuses all: a request without it would not be what its author asked for. */
export function readFilters(filters: readonly Filter[] | undefined): Filters {
  const into: Filters = {
    redirect: undefined,
    hostname: undefined,
    path: undefined,
    requestHeaders: undefined,
    responseHeaders: undefined,
    problem: undefined,
  };
  for (const filter of filters ?? []) into.problem ??= readOne(filter, into);
  return into;
}
