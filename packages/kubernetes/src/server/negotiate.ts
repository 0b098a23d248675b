import { protocolProblem } from './status-problem.ts';

/** In what form the client wants its objects. */
export type Form = 'object' | 'table' | 'metadata';

const media = (part: string): { type: string; parameters: Map<string, string> } => {
  const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
  return { type: type.toLowerCase(), parameters: new Map(rest.map((piece) => piece.split('=', 2) as [string, string])) };
};

const isJson = (type: string): boolean => type === 'application/json' || type === 'application/*' || type === '*/*';

const formOf = (parameters: Map<string, string>): Form | undefined => {
  const wanted = parameters.get('as');
  if (wanted === undefined) return parameters.has('stream') && parameters.get('stream') !== 'watch' ? undefined : 'object';
  if (parameters.get('g') !== 'meta.k8s.io' || parameters.get('v') !== 'v1') return undefined;
  if (wanted === 'Table') return 'table';
  return wanted === 'PartialObjectMetadata' || wanted === 'PartialObjectMetadataList' ? 'metadata' : undefined;
};

/** The first form of an Accept header that this server has; the order of the header is the client's wish. */
export function negotiate(accept: string | undefined): Form {
  if (accept === undefined || accept === 'application/json' || accept === '*/*' || accept.trim() === '') return 'object';
  for (const part of accept.split(',')) {
    const { type, parameters } = media(part);
    const form = isJson(type) ? formOf(parameters) : undefined;
    if (form !== undefined) return form;
  }
  throw protocolProblem('NotAcceptable', 'only the following media types are accepted: application/json');
}

/** True when the header asks for this variant of a discovery document before plain JSON. */
export function acceptsDiscovery(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const part of (accept ?? '').split(',')) {
    const { type, parameters } = media(part);
    if (!isJson(type)) continue;
    if (parameters.get('as') !== 'APIGroupDiscoveryList' || parameters.get('g') !== 'apidiscovery.k8s.io') return undefined;
    const version = parameters.get('v');
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  return undefined;
}
