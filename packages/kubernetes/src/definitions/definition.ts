import type { Condition, Kind, Resource } from '@fairway/resources/model';

/** JSONSchemaProps as users write it. */
export type WrittenSchema = { readonly [keyword: string]: unknown };

export interface DefinitionNames {
  plural: string;
  singular?: string;
  kind: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface WrittenColumn {
  name: string;
  type: string;
  jsonPath: string;
  format?: string;
  description?: string;
  priority?: number;
}

export interface WrittenScale {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

export interface DefinitionVersion {
  name: string;
  served: boolean;
  storage: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: WrittenSchema };
  subresources?: { status?: object; scale?: WrittenScale };
  additionalPrinterColumns?: WrittenColumn[];
  selectableFields?: { jsonPath: string }[];
}

export interface DefinitionSpec {
  group: string;
  scope: string;
  names: DefinitionNames;
  versions: DefinitionVersion[];
  conversion?: { strategy: string; webhook?: object };
  preserveUnknownFields?: boolean;
}

export interface DefinitionStatus {
  acceptedNames: DefinitionNames;
  conditions: Condition[];
  storedVersions: string[];
}

export type Definition = Resource<DefinitionSpec, DefinitionStatus>;
/** As it is stored: its schema requires a spec. */
export type StoredDefinition = Definition & { spec: DefinitionSpec };

const text = { type: 'string' };
const texts = { type: 'array', items: text, 'x-kubernetes-list-type': 'atomic' };

const names = {
  type: 'object',
  required: ['plural', 'kind'],
  description: 'What the kind is called.',
  properties: {
    plural: { ...text, description: 'Its name in paths, and the first part of the name of this object.' },
    singular: { ...text, description: 'The kind in lower case, if nothing else is said.' },
    kind: { ...text, description: 'The kind of its objects.' },
    listKind: { ...text, description: 'The kind of lists of its objects.' },
    shortNames: { ...texts, description: 'Short forms of the plural for the command line.' },
    categories: { ...texts, description: 'Groups of kinds that it is listed with, for example all.' },
  },
};

const column = {
  type: 'object',
  required: ['name', 'type', 'jsonPath'],
  properties: {
    name: text,
    type: { ...text, description: 'integer, number, string, boolean or date.' },
    jsonPath: { ...text, description: 'Where the value stands, for example .status.phase.' },
    format: text,
    description: text,
    priority: { type: 'integer', format: 'int32', description: 'Above 0: shown with -o wide alone.' },
  },
};

const subresources = {
  type: 'object',
  properties: {
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, description: 'There: status is written at /status alone.' },
    scale: {
      type: 'object',
      required: ['specReplicasPath', 'statusReplicasPath'],
      properties: { specReplicasPath: text, statusReplicasPath: text, labelSelectorPath: text },
    },
  },
};

const version = {
  type: 'object',
  required: ['name', 'served', 'storage'],
  properties: {
    name: text,
    served: { type: 'boolean', description: 'Whether it can be read and written.' },
    storage: { type: 'boolean', description: 'True for the one version in which objects are stored.' },
    deprecated: { type: 'boolean', description: 'Requests of this version are answered with a warning.' },
    deprecationWarning: { ...text, description: 'The words of that warning.' },
    schema: {
      type: 'object',
      properties: {
        openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, description: 'A structural schema.' },
      },
    },
    subresources,
    additionalPrinterColumns: { type: 'array', items: column, 'x-kubernetes-list-type': 'atomic' },
    selectableFields: {
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: { type: 'object', required: ['jsonPath'], properties: { jsonPath: text } },
    },
  },
};

const condition = {
  type: 'object',
  required: ['type', 'status'],
  properties: {
    type: text,
    status: text,
    reason: text,
    message: text,
    lastTransitionTime: { type: 'string', format: 'date-time' },
  },
};

/** Users' own kinds, as Kubernetes defines them: https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/ */
export const CustomResourceDefinition: Kind<DefinitionSpec, DefinitionStatus> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  hasStatus: true,
  selectableFields: [],
  hasExactColumns: true,
  columns: [{ name: 'Created At', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  subresources: [],
  schema: {
    type: 'object',
    description: 'Defines a kind of objects that the server serves from then on.',
    required: ['spec'],
    properties: {
      spec: {
        type: 'object',
        required: ['group', 'names', 'scope', 'versions'],
        properties: {
          group: { ...text, description: 'The group of the kind, a domain name.' },
          scope: { ...text, description: 'Cluster or Namespaced.' },
          names,
          versions: { type: 'array', items: version, 'x-kubernetes-list-type': 'atomic' },
          conversion: {
            type: 'object',
            required: ['strategy'],
            properties: {
              strategy: { ...text, description: 'None: versions differ in their apiVersion alone.' },
              webhook: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
          preserveUnknownFields: { type: 'boolean', description: 'Must be false.' },
        },
      },
      status: {
        type: 'object',
        properties: {
          acceptedNames: { ...names, required: [] },
          conditions: {
            type: 'array',
            items: condition,
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['type'],
          },
          storedVersions: { ...texts, description: 'Every version in which objects may have been stored.' },
        },
      },
    },
  },
};
