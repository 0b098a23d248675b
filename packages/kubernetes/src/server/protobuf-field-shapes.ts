/**
 * What a protobuf field holds. Small letters are plain fields, which Go always writes: their zero value means nothing and is left out.
 * Capital letters are pointers: they are written only when set, so that 0, false and '' mean what they say.
 */
export type FieldShape =
  | 'text'
  | 'Text'
  | 'integer'
  | 'Integer'
  | 'boolean'
  | 'Boolean'
  | 'texts'
  | 'text-map'
  | 'bytes-map'
  | 'time'
  | 'integer-or-text'
  | 'quantity'
  | 'quantity-map'
  | { message: MessageShape }
  /** A pointer that says something by being there, for example `emptyDir: {}`. */
  | { Message: MessageShape }
  /** A message of its own in protobuf whose fields stand beside the others in JSON. */
  | { inline: MessageShape }
  | { messages: MessageShape };

/** Fields by number, as in the .proto files of k8s.io/api. */
export type MessageShape = Readonly<Record<number, readonly [name: string, shape: FieldShape]>>;
