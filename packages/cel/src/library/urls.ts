import { listOf, mapOf, types } from '../types/type.ts';
import { ValueList } from '../values/lists.ts';
import { ValueMap } from '../values/maps.ts';
import type { Value } from '../values/value.ts';
import { type FunctionDecl, method, overload } from './function.ts';
import { parseUrl, type Url, urlProblem, urlType } from './url.ts';

const { bool, string } = types;

const part = (name: string, id: string, read: (url: Url) => string): FunctionDecl => ({
  name,
  overloads: [method(id, [[urlType], string], (url) => read(url as Url))],
});

function queryOf(url: Url): Value {
  return new ValueMap(Array.from(url.query, ([name, values]) => [name, new ValueList(values)] as const));
}

export const urls: readonly FunctionDecl[] = [
  { name: 'url', overloads: [overload('string_to_url', [[string], urlType], (text) => parseUrl(text as string))] },
  part('getScheme', 'url_get_scheme', (url) => url.scheme),
  part('getHost', 'url_get_host', (url) => url.host),
  part('getHostname', 'url_get_hostname', (url) => url.hostname),
  part('getPort', 'url_get_port', (url) => url.port),
  part('getEscapedPath', 'url_get_escaped_path', (url) => url.escapedPath),
  { name: 'getQuery', overloads: [method('url_get_query', [[urlType], mapOf(string, listOf(string))], (url) => queryOf(url as Url))] },
  { name: 'isURL', overloads: [overload('is_url_string', [[string], bool], (text) => urlProblem(text as string) === undefined)] },
];
