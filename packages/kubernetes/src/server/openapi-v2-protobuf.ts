import type { ServedKinds } from './served-kinds.ts';

/**
 * The part of `/openapi/v2` in protobuf that kubectl 1.28 reads before every write: that PATCH of each kind takes `fieldValidation`.
 * Without it that kubectl refuses to apply. Schemas are left out: every kubectl from 1.28 on takes them from version 3.
 * Field numbers are those of gnostic's OpenAPIv2.proto.
 */
export const openApiV2ProtobufType = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** The type to answer with: the `@` of the Accept header is not allowed in a media type, and client-go insists. */
export const openApiV2ProtobufAnswerType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const lengthDelimited = 2;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** One field that holds text or a message. */
const field = (number: number, content: string | Buffer): Buffer => {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return Buffer.concat([Buffer.from([...varint(number * 8 + lengthDelimited), ...varint(bytes.length)]), bytes]);
};

const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);

const info = message(field(1, 'Fairway'), field(2, 'v1'));

// ParametersItem.parameter → Parameter.non_body_parameter → NonBodyParameter.query_parameter_sub_schema.
const queryParameter = (name: string): Buffer =>
  field(1, field(2, field(3, message(field(2, 'query'), field(4, name), field(6, 'string')))));

const fieldValidation = queryParameter('fieldValidation');
const dryRun = queryParameter('dryRun');

// NamedAny { name, value: Any { yaml } }: JSON is YAML.
const extension = (name: string, value: object): Buffer => message(field(1, name), field(2, field(2, JSON.stringify(value))));

export function openApiV2Protobuf(kinds: ServedKinds): Buffer {
  const paths = kinds.all
    .filter(({ writable }) => writable)
    .map(({ kind }) => {
      const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
      const path = `${root}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}/{name}`;
      const gvk = extension('x-kubernetes-group-version-kind', { group: kind.group, version: kind.version, kind: kind.kind });
      const patch = message(field(8, fieldValidation), field(8, dryRun), field(13, gvk));
      return field(2, message(field(1, path), field(2, field(8, patch))));
    });
  return message(field(1, '2.0'), field(2, info), field(8, message(...paths)));
}
