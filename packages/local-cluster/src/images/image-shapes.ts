import { invalid } from '@fairway/resources/model';
import { digestShape } from './image-reference.ts';
import type { Descriptor } from './registry-client.ts';

/** The part of an image's configuration that the runtime uses. */
export interface ImageConfig {
  entrypoint: readonly string[];
  command: readonly string[];
  env: readonly string[];
  workingDir: string;
  labels: Readonly<Record<string, string>>;
  exposedPorts: readonly number[];
  stopSignal?: string;
}

type Loose = Record<string, unknown>;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);
const strings = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);
const stringMap = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(isObject(value) ? value : {}).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));

const parseObject = (bytes: Buffer, what: string): Loose => {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw invalid(`the image's ${what} is not a JSON object`);
};

const parseDescriptor = (value: unknown): Descriptor => {
  const { digest, size, mediaType, annotations, platform } = isObject(value) ? value : {};
  if (typeof digest !== 'string' || !digestShape.test(digest)) throw invalid('the image names a blob without a sha256 digest');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw invalid(`the image names blob ${digest} without its size`);
  return {
    digest,
    size,
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    annotations: stringMap(annotations),
    platform: stringMap(platform),
  };
};

const maxLayers = 128;

/** A manifest, or the manifests of an index to choose from. */
export function parseManifest(bytes: Buffer): { config: Descriptor; layers: Descriptor[] } | { manifests: Descriptor[] } {
  const manifest = parseObject(bytes, 'manifest');
  if (Array.isArray(manifest.manifests)) return { manifests: manifest.manifests.map(parseDescriptor) };
  if (!Array.isArray(manifest.layers) || manifest.layers.length > maxLayers)
    throw invalid(`the image's manifest has no layers, or more than ${maxLayers}`);
  return { config: parseDescriptor(manifest.config), layers: manifest.layers.map(parseDescriptor) };
}

export function parseConfig(bytes: Buffer): ImageConfig {
  const { config } = parseObject(bytes, 'configuration');
  const found = isObject(config) ? config : {};
  return {
    entrypoint: strings(found.Entrypoint),
    command: strings(found.Cmd),
    env: strings(found.Env),
    workingDir: typeof found.WorkingDir === 'string' && found.WorkingDir !== '' ? found.WorkingDir : '/',
    labels: stringMap(found.Labels),
    exposedPorts: Object.keys(isObject(found.ExposedPorts) ? found.ExposedPorts : {})
      .map((port) => Number.parseInt(port, 10))
      .filter((port) => port > 0 && port < 65_536),
    ...(typeof found.StopSignal === 'string' ? { stopSignal: found.StopSignal } : {}),
  };
}
